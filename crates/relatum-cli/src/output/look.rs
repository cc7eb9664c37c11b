//! What the place where an answer is shown can do: its width, and colour.

use std::io::IsTerminal as _;

/// How a piece of text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tone {
    /// It does not.
    #[default]
    Plain,
    /// A heading.
    Strong,
    /// A remark.
    Faint,
    /// As it should be.
    Good,
    /// To be watched.
    Warning,
    /// To be dealt with.
    Bad,
}

/// Width and colour of standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Columns of text to fit into; none: as wide as need be.
    pub(crate) width: Option<usize>,
    /// Whether tones become colours.
    pub(crate) colour: bool,
}

/// The width for running text where no terminal tells one.
const TEXT_WIDTH: usize = 100;

impl Look {
    /// What standard output is.
    pub(crate) fn of_stdout() -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let terminal = std::io::stdout().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let width = comfy_table::Table::new().width().map(usize::from);
        Self {
            width: width.filter(|width| terminal && *width >= 40),
            colour: terminal && !dumb && !is_set("NO_COLOR"),
        }
    }

    /// The width for running text.
    pub(crate) fn text_width(&self) -> usize {
        self.width.map_or(TEXT_WIDTH, |width| width.min(TEXT_WIDTH))
    }

    /// `text` in `tone`.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "31",
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
