//! A draft in the words of the mapping language.

use std::fmt::Write as _;

use super::Evidence;
use super::column::Column;
use super::words::{Role, Subject, begins, subject, tells};
use crate::mapping::fits;

/// A column chosen for a role, and why.
struct Chosen {
    role: Role,
    at: usize,
    why: String,
}

/// The draft as it is written.
#[derive(Default)]
struct Draft {
    text: String,
}

impl Draft {
    fn line(&mut self, text: impl AsRef<str>) {
        self.text.push_str(text.as_ref());
        self.text.push('\n');
    }

    fn why(&mut self, text: &str) {
        // A comment is one line, whatever a file has in it.
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        for line in folded(&text, 96) {
            self.line(format!("# {line}"));
        }
    }
}

/// `text` in lines of at most `width` signs, broken at spaces.
fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The mapping of all files.
pub(super) fn mapping(files: &[Evidence]) -> String {
    let mut draft = Draft::default();
    draft.line(
        "# A draft, made from what the files hold. Read it before you use it: what could not be",
    );
    draft.line(
        "# known is marked CHECK. Try it with `relatum import --mapping THIS --dry-run FILE`.",
    );
    draft.line("");
    let first = files.first().map(|file| stem(&file.file)).unwrap_or_default();
    draft.line(
        "# The source: ids are made under this name, so give each source its own and keep it.",
    );
    draft.line(format!("system = {}", quoted(&slug(&first))));
    for file in files {
        table(&mut draft, file, files);
    }
    draft.text
}

fn stem(file: &str) -> String {
    file.split('.').next().unwrap_or(file).to_owned()
}

/// A name of lower-case words.
fn slug(text: &str) -> String {
    let words: Vec<String> = super::words::words(text)
        .into_iter()
        .filter(|word| !word.chars().all(|sign| sign.is_ascii_digit()))
        .collect();
    if words.is_empty() { "source".to_owned() } else { words.join("-") }
}

/// The file's name with `*` for its numbers, which are another day's another time.
fn pattern(file: &str) -> String {
    let mut pattern = String::new();
    for sign in file.chars() {
        let sign = if sign.is_ascii_digit() || matches!(sign, '*' | '?') { '*' } else { sign };
        if !(sign == '*' && pattern.ends_with('*')) {
            pattern.push(sign);
        }
    }
    pattern
}

/// The pattern of a sheet's name, unless other sheets that were seen have that form too.
fn sheets(sheet: &str, all: &[Evidence]) -> String {
    let starred = pattern(sheet);
    let others = all.iter().filter_map(|file| file.sheet.as_deref()).filter(|it| *it != sheet);
    let mut others = others.filter(|other| fits(&starred, other));
    if others.next().is_some() { sheet.to_owned() } else { starred }
}

fn table(draft: &mut Draft, file: &Evidence, all: &[Evidence]) {
    draft.line("");
    draft.line("[[table]]");
    let name = file.sheet.clone().unwrap_or_else(|| stem(&file.file));
    draft.line(format!("name = {}", quoted(&name)));
    draft.line(format!("files = {}", quoted(&pattern(&file.file))));
    if let Some(sheet) = &file.sheet {
        draft.line(format!("sheet = {}", quoted(&sheets(sheet, all))));
    }
    let more = if file.more { ", and there are more" } else { "" };
    draft.why(&format!("Seen: {} rows{more}.", file.rows));
    if file.broken > 0 {
        draft.why(&format!("CHECK: {} of them are broken; an import rejects them.", file.broken));
    }
    for name in &file.doubled {
        draft.why(&format!("CHECK: `{name}` stands twice in the header row; rename one."));
    }
    let names: Vec<&str> = file.columns.iter().map(|column| column.name.as_str()).collect();
    let by_words = subject(&name, &names);
    let chosen = choose(&file.columns, by_words.as_ref().map(|(subject, _)| *subject));
    let is = |role: Role| chosen.iter().any(|chosen| chosen.role == role);
    let (subject, why) = match by_words {
        Some((Subject::Opportunity, word)) => (Subject::Opportunity, word),
        Some((subject, word)) if is(Role::Amount) => (subject, word),
        _ if is(Role::Stage) => (Subject::Opportunity, String::new()),
        _ if is(Role::Amount) => (Subject::Invoice, String::new()),
        _ => (Subject::Account, String::new()),
    };
    let table = Table { file, chosen, subject, why };
    table.format(draft);
    table.keys(draft);
    table.events(draft);
}

/// The columns for the roles, each for one at most. Of several days the one that is called like
/// what the rows are comes first.
fn choose(columns: &[Column], subject: Option<Subject>) -> Vec<Chosen> {
    let roles = [
        Role::Due,
        Role::Currency,
        Role::Day,
        Role::Amount,
        Role::Owner,
        Role::Stage,
        Role::Account,
        Role::Id,
        Role::Country,
        Role::Name,
    ];
    let mut chosen: Vec<Chosen> = Vec::new();
    for role in roles {
        let free = |at: &usize| !chosen.iter().any(|known| known.at == *at);
        let candidates = columns.iter().enumerate().filter(|(at, _)| free(at));
        let fitting = candidates.filter(|(_, column)| suits(role, column));
        let scored = fitting.filter_map(|(at, column)| {
            let (score, word) = tells(&column.name, role)?;
            let own = subject.and_then(|it| begins(&column.name, it));
            let (rank, own) = match role {
                Role::Day => (u8::from(own.is_none()), own),
                // What is there twice tells no rows apart.
                Role::Id => (u8::from(!column.is_unique()) * 2 + u8::from(own.is_none()), None),
                _ => (0, None),
            };
            let why = match own {
                Some(own) => format!("its name says `{own}` and `{word}`"),
                None => format!("its name says `{word}`"),
            };
            Some((rank, score, at, why))
        });
        let mut found = scored.min();
        if role == Role::Currency {
            let by_content = columns.iter().position(|it| it.mostly(it.currencies));
            found = by_content
                .map(|at| (0, 0, at, "its values are codes of currencies".to_owned()))
                .filter(|(.., at, _)| free(at));
        }
        if role == Role::Day && found.is_none() {
            let day = columns.iter().enumerate().find(|(at, it)| free(at) && it.holds_days());
            found = day.map(|(at, _)| (0, 0, at, "the first column of days".to_owned()));
        }
        if role == Role::Amount && found.is_none() {
            let point = |it: &Column| it.comma.count + it.point.count > 0;
            let mut amounts = columns.iter().enumerate();
            let amount = amounts.find(|(at, it)| free(at) && it.mostly(it.numbers) && point(it));
            found = amount.map(|(at, _)| (0, 0, at, "the first column of decimals".to_owned()));
        }
        if let Some((.., at, why)) = found {
            chosen.push(Chosen { role, at, why });
        }
    }
    chosen
}

/// Whether the values of `column` can play `role`.
fn suits(role: Role, column: &Column) -> bool {
    let days = column.holds_days();
    let numbers = column.filled > 0 && column.mostly(column.numbers);
    match role {
        Role::Day | Role::Due => days,
        Role::Amount => numbers,
        Role::Id => !days && column.comma.count + column.point.count == 0,
        Role::Account => {
            !days && column.emails == 0 && column.comma.count + column.point.count == 0
        }
        Role::Currency => column.mostly(column.currencies),
        Role::Owner | Role::Stage | Role::Name | Role::Country => !days && column.filled > 0,
    }
}

struct Table<'a> {
    file: &'a Evidence,
    chosen: Vec<Chosen>,
    subject: Subject,
    /// The word that told the subject.
    why: String,
}

impl Table<'_> {
    fn of(&self, role: Role) -> Option<(&Column, &Chosen)> {
        let chosen = self.chosen.iter().find(|chosen| chosen.role == role)?;
        Some((self.file.columns.get(chosen.at)?, chosen))
    }

    /// `{Column}` of a role.
    fn braces(&self, role: Role) -> Option<String> {
        self.of(role).map(|(column, _)| format!("{{{}}}", column.name))
    }

    fn format(&self, draft: &mut Draft) {
        draft.line("");
        draft.line("[table.format]");
        if let Some(sign) = self.file.delimiter {
            draft.why(&format!("The header row is cut by {sign:?}."));
            draft.line(format!("delimiter = {}", quoted(&sign.to_string())));
        }
        if self.file.above > 0 {
            let (above, names) = (self.file.above, self.file.above + 1);
            draft.why(&format!("The columns are named in line {names}."));
            draft.line(format!("skip_lines = {above}"));
        }
        if let Some(total) = &self.file.total {
            draft.why(&format!("The last row sums up the others: it begins with `{total}`."));
            draft.line(format!("footer = [{}]", quoted(total)));
        }
        if self.file.other_encoding > 0 && self.file.utf8 > 0 {
            let (rows, utf8) = (self.file.other_encoding, self.file.utf8);
            draft.why(&format!(
                "CHECK: {rows} rows are not UTF-8, {utf8} are: two encodings in one file. Each \
                 value is read as what it is."
            ));
            draft.line("encoding = \"detect\"");
        } else if self.file.other_encoding > 0 {
            let rows = self.file.other_encoding;
            draft.why(&format!("{rows} rows are not UTF-8, so it is taken to be Windows-1252."));
            draft.line("encoding = \"windows-1252\"");
        }
        self.numbers(draft);
        self.days(draft);
    }

    fn numbers(&self, draft: &mut Draft) {
        let numeric =
            || self.file.columns.iter().filter(|it| it.filled > 0 && it.mostly(it.numbers));
        let commas: u64 = numeric().map(|it| it.comma.count).sum();
        let points: u64 = numeric().map(|it| it.point.count).sum();
        let unclear: u64 = numeric().map(|it| it.unclear.count).sum();
        let example = |of: fn(&Column) -> &super::column::Seen| {
            let seen = numeric().find(|it| of(it).count > 0);
            seen.map(|it| format!("{} of `{}`", of(it).example(), it.name)).unwrap_or_default()
        };
        let comma = commas > points;
        if comma {
            let seen = example(|it| &it.comma);
            draft.why(&format!("Decimals stand behind a comma: {seen}."));
            draft.line("decimal = \",\"");
            draft.line("thousands = \".\"");
        } else if numeric().any(|it| it.grouped || it.unclear.count > 0) {
            if points > 0 {
                let seen = example(|it| &it.point);
                draft.why(&format!("Decimals stand behind a point: {seen}."));
            }
            draft.line("thousands = \",\"");
        }
        if commas > 0 && points > 0 {
            let (few, seen) = if comma {
                (points, example(|it| &it.point))
            } else {
                (commas, example(|it| &it.comma))
            };
            draft.why(&format!(
                "CHECK: {few} numbers are written the other way, such as {seen}; they are rejected."
            ));
        }
        if commas == 0 && points == 0 && unclear > 0 {
            let seen = example(|it| &it.unclear);
            draft.why(&format!("CHECK: whether {seen} is thousands or decimals, no value tells."));
        }
    }

    fn days(&self, draft: &mut Draft) {
        let of_days = || self.file.columns.iter().filter(|it| it.holds_days());
        for column in of_days().filter(|it| it.days() < it.filled) {
            let (name, others) = (&column.name, column.filled - column.days());
            draft.why(&format!(
                "CHECK: {others} values of `{name}` are no days; they are rejected."
            ));
        }
        let mut patterns: Vec<String> = Vec::new();
        let mut push = |pattern: String| {
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        };
        if of_days().any(|it| it.iso_days.count + it.iso_times.count > 0) {
            push("%Y-%m-%d".to_owned());
        }
        let day_first = self.day_first();
        for column in of_days().filter(|it| it.numeric_days() > 0) {
            self.order(draft, column, day_first);
            let sign = column.sign.unwrap_or('/');
            let year = if column.short_year { "%y" } else { "%Y" };
            let (first, second) = if day_first { ("%d", "%m") } else { ("%m", "%d") };
            push(format!("{first}{sign}{second}{sign}{year}"));
        }
        if patterns.is_empty() {
            return;
        }
        let list = |patterns: &[String]| {
            patterns.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(", ")
        };
        draft.line(format!("days = [{}]", list(&patterns)));
        if of_days().any(|it| it.timed + it.iso_times.count > 0) {
            let times = ["%H:%M:%S", "%H:%M", "%H:%M:%S%.f"];
            let timed = |day: &String| {
                let joints: &[&str] = if day == "%Y-%m-%d" { &[" ", "T"] } else { &[" ", ", "] };
                let pairs = joints.iter().flat_map(|joint| times.map(|time| (*joint, time)));
                pairs.map(|(joint, time)| format!("{day}{joint}{time}")).collect::<Vec<_>>()
            };
            let mut all = vec!["%+".to_owned()];
            all.extend(patterns.iter().flat_map(timed));
            draft.why(
                "CHECK: times without an offset are taken as UTC; say `zone = \"Europe/Berlin\"` \
                 or the like if they are not.",
            );
            draft.line(format!("instants = [{}]", list(&all)));
        }
    }

    /// Whether days of three numbers begin with the day, by all columns of the file.
    fn day_first(&self) -> bool {
        let of_days = || self.file.columns.iter().filter(|it| it.holds_days());
        let day: u64 = of_days().map(|it| it.day_first.count).sum();
        let month: u64 = of_days().map(|it| it.month_first.count).sum();
        day >= month
    }

    /// Explains in which order day and month stand.
    fn order(&self, draft: &mut Draft, column: &Column, day_first: bool) {
        let Column { day_first: day, month_first: month, either, .. } = column;
        let lines: Vec<String> = either.lines.iter().map(u64::to_string).collect();
        let lines = lines.join(", ");
        let read = if day_first { "day first" } else { "month first" };
        let name = &column.name;
        let ambiguous = match either.count {
            0 => String::new(),
            1 => format!("; 1 value could be either (line {lines}) and is read so too"),
            n => format!("; {n} values could be either (lines {lines}…) and are read so too"),
        };
        draft.why(&match (day.count, month.count) {
            (0, 0) if column.sign == Some('.') => {
                format!(
                    "`{name}`: points between the numbers are a custom of day \
                     first{ambiguous}."
                )
            }
            (0, 0) => format!(
                "CHECK: `{name}`: no value tells day from month: {}{ambiguous}. Read {read}; turn \
                 %d and %m round if that is wrong.",
                either.example()
            ),
            (_, 0) if day_first => {
                format!("`{name}`: {} was seen, so day first{ambiguous}.", day.example())
            }
            (0, _) if !day_first => {
                format!("`{name}`: {} was seen, so month first{ambiguous}.", month.example())
            }
            _ => format!(
                "CHECK: `{name}` has two orders of day and month, or another one than the columns \
                 beside it: {} values begin with the day ({}), {} with the month ({}). Read \
                 {read}; of the other order those are rejected that can be told{ambiguous}, \
                 rightly or wrongly. Put the file right.",
                day.count,
                day.example(),
                month.count,
                month.example()
            ),
        });
    }

    fn keys(&self, draft: &mut Draft) {
        // Back from the format to the table: keys of a table stand before its parts in TOML, so
        // they are said by each rule.
        let left: Vec<String> = self
            .file
            .columns
            .iter()
            .enumerate()
            .filter(|(at, _)| !self.chosen.iter().any(|chosen| chosen.at == *at))
            .map(|(_, column)| format!("`{}`", column.name))
            .collect();
        draft.line("");
        for chosen in &self.chosen {
            let Some(column) = self.file.columns.get(chosen.at) else { continue };
            draft.why(&format!("`{}` is the {}: {}.", column.name, noun(chosen.role), chosen.why));
        }
        if !left.is_empty() {
            draft.why(&format!(
                "Of these columns nothing is guessed; they are kept sealed, under `unmapped` in \
                 the metadata: {}.",
                left.join(", ")
            ));
        }
    }

    /// The id of a row: by its column, or by several columns together.
    fn id(&self, draft: &mut Draft) -> String {
        if let Some((column, _)) = self.of(Role::Id) {
            if !column.is_unique() {
                draft.why(&format!(
                    "CHECK: `{}` does not tell rows apart: some values are empty or there twice, \
                     and the later row is rejected.",
                    column.name
                ));
            }
            return format!("{{{}}}", column.name);
        }
        let roles = [Role::Account, Role::Name, Role::Day, Role::Amount];
        let parts: Vec<String> = roles.iter().filter_map(|role| self.braces(*role)).collect();
        draft.why(
            "CHECK: no column looks like an id. Rows are known again by these columns: a row that \
             is there twice goes in once, and one that changes is a new one.",
        );
        match (parts.is_empty(), self.file.columns.first()) {
            (true, Some(column)) => format!("{{{}}}", column.name),
            _ => parts.join("/"),
        }
    }

    /// The day: by its column, or one that has to be put right.
    fn day(&self, draft: &mut Draft) -> String {
        match self.of(Role::Day).or_else(|| self.of(Role::Due)) {
            Some((column, _)) => day_of(column),
            None => {
                draft.why("CHECK: no column is a day. Say from which day on the rows hold.");
                quoted("2000-01-01")
            }
        }
    }

    fn events(&self, draft: &mut Draft) {
        draft.line("");
        draft.line("[[table.event]]");
        if self.subject == Subject::Account {
            return self.account(draft);
        }
        let account = self.braces(Role::Account).or_else(|| self.braces(Role::Name));
        let account = account.unwrap_or_else(|| {
            draft.why("CHECK: no column looks like a client. All rows go to one account.");
            slug(&self.file.file)
        });
        let stream = format!("stream = {{ account = {} }}", quoted(&account));
        draft.why("Each client is opened once, on the first day that the file has.");
        draft.line("type = \"account_opened\"");
        draft.line("once = true");
        draft.line(&stream);
        let least = self.of(Role::Day).or_else(|| self.of(Role::Due));
        let least = least.and_then(|(column, _)| {
            let [day_first, month_first] = column.least;
            if self.day_first() { day_first } else { month_first }
        });
        match least {
            Some(day) => draft.line(format!("effective = {}", quoted(&day.to_string()))),
            None => {
                let day = self.day(draft);
                draft.line(format!("effective = {day}"));
            }
        }
        draft.line(format!("body.name = {}", quoted(&account)));
        draft.line("body.stage = \"client\"");
        draft.line("");
        draft.line("[[table.event]]");
        self.fact(draft, &stream);
    }

    fn fact(&self, draft: &mut Draft, stream: &str) {
        let (event, thing, of) = match self.subject {
            Subject::Payment => ("payment_received", "payment", "payment"),
            Subject::Opportunity => ("opportunity_opened", "opportunity", "opportunity"),
            Subject::Order => ("order_placed", "order", "order"),
            _ => ("invoice_issued", "document", "document"),
        };
        draft.why(&match self.why.as_str() {
            "" => format!("CHECK: nothing names what the rows are; `{event}` is the likeliest."),
            word => format!("A row is an event `{event}`: a name says `{word}`."),
        });
        draft.line(format!("type = {}", quoted(event)));
        let id = quoted(&self.id(draft));
        draft.line(format!("id = {id}"));
        draft.line(stream);
        let day = self.day(draft);
        draft.line(format!("effective = {day}"));
        draft.line("rest = \"unmapped\"");
        draft.line(format!("body.{thing} = {{ id = {id}, of = {} }}", quoted(of)));
        match self.subject {
            Subject::Payment => self.amount(draft, "amount", "money"),
            Subject::Opportunity => {
                let name = self.braces(Role::Name).map_or(id, |name| quoted(&name));
                draft.line(format!("body.name = {name}"));
                let stage = self.braces(Role::Stage).unwrap_or_else(|| "open".to_owned());
                draft.line(format!(
                    "body.stage = {{ text = {}, default = \"open\" }}",
                    quoted(&stage)
                ));
                self.amount(draft, "value", "value");
                if let Some((column, _)) = self.of(Role::Due) {
                    let day = day_of(column);
                    draft.line(format!("body.expected_close = {}", as_field(&day)));
                }
                self.owner(draft, "manager");
            }
            Subject::Order => {
                draft.line(format!("body.number = {id}"));
                draft.line("body.lines = { const = [] }");
                self.amount(draft, "net", "value");
                self.owner(draft, "manager");
            }
            Subject::Invoice | Subject::Account => {
                draft.line(format!("body.number = {id}"));
                if let Some((column, _)) =
                    self.of(Role::Due).filter(|_| self.of(Role::Day).is_some())
                {
                    draft.line(format!("body.due = {}", as_field(&day_of(column))));
                }
                self.amount(draft, "gross", "money");
            }
        }
    }

    fn amount(&self, draft: &mut Draft, field: &str, kind: &str) {
        let Some(amount) = self.braces(Role::Amount) else { return };
        let amount = quoted(&amount);
        let currency = self.braces(Role::Currency).unwrap_or_else(|| {
            draft.why("CHECK: no column names the currency.");
            "EUR".to_owned()
        });
        let currency = quoted(&currency);
        draft.line(format!("body.{field} = {{ {kind} = {amount}, currency = {currency} }}"));
    }

    fn owner(&self, draft: &mut Draft, field: &str) {
        let Some(owner) = self.braces(Role::Owner) else { return };
        draft.why("A name is personal: the id is made from its keyed digest.");
        let owner = quoted(&owner);
        draft.line(format!("body.{field} = {{ id = {owner}, of = \"manager\", personal = true }}"));
    }

    fn account(&self, draft: &mut Draft) {
        draft.why("A row is a client: nothing in the file says that it is something else.");
        draft.line("type = \"account_opened\"");
        let id = match self.braces(Role::Id) {
            Some(_) => self.id(draft),
            None => self.braces(Role::Account).unwrap_or_else(|| self.id(draft)),
        };
        draft.line(format!("id = {}", quoted(&id)));
        draft.line(format!("stream = {{ account = {} }}", quoted(&id)));
        let day = self.day(draft);
        draft.line(format!("effective = {day}"));
        draft.line("rest = \"unmapped\"");
        let name = self.braces(Role::Name).or_else(|| self.braces(Role::Account));
        draft.line(format!("body.name = {}", quoted(&name.unwrap_or(id))));
        draft.why("CHECK: `client` buys already, `prospect` does not yet.");
        draft.line("body.stage = \"client\"");
        if let Some(country) = self.braces(Role::Country) {
            draft.line(format!("body.country = {}", quoted(&country)));
        }
    }
}

fn noun(role: Role) -> &'static str {
    match role {
        Role::Id => "id",
        Role::Account => "client",
        Role::Due => "day due",
        Role::Day => "day",
        Role::Amount => "amount",
        Role::Currency => "currency",
        Role::Owner => "manager",
        Role::Stage => "stage",
        Role::Name => "name",
        Role::Country => "country",
    }
}

/// The day of a column, as `effective` takes it.
fn day_of(column: &Column) -> String {
    let text = quoted(&format!("{{{}}}", column.name));
    let timed = column.timed + column.iso_times.count > 0;
    if timed { format!("{{ day_of = {text} }}") } else { text }
}

/// The same, as a field takes it.
fn as_field(day: &str) -> String {
    if day.starts_with('{') {
        return day.to_owned();
    }
    let mut text = String::new();
    let _ = write!(text, "{{ day = {day} }}");
    text
}
