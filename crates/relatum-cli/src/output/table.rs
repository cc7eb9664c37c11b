//! A sheet as a table for people.

use comfy_table::{
    Attribute, Cell as TableCell, CellAlignment, Color, ColumnConstraint, ContentArrangement,
    LineStyle, Table, TableStyle, Width,
};

use super::look::{Look, Tone};
use super::sheet::{Cell, Column, Sheet};

/// Texts up to this width are kept whole.
const WHOLE: u16 = 14;

/// The lines of the table.
pub(super) fn lines(sheet: &Sheet, look: &Look) -> Vec<String> {
    let shown = || {
        let columns = sheet.columns.iter().enumerate();
        columns.filter(|(_, column)| column.is_for_people())
    };
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─')));
    if look.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    match look.width {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    let titles = shown().map(|(_, column)| {
        TableCell::new(&column.title).add_attribute(Attribute::Bold).set_alignment(side(column))
    });
    table.set_header(titles.collect::<Vec<_>>());
    let row = |cells: &Vec<Cell>| -> Vec<TableCell> {
        let told = shown().filter_map(|(at, column)| Some((column, cells.get(at)?)));
        told.map(|(column, cell)| styled(cell).set_alignment(side(column))).collect()
    };
    for cells in &sheet.rows {
        table.add_row(row(cells));
    }
    for cells in &sheet.totals {
        let strong = row(cells).into_iter().map(|cell| cell.add_attribute(Attribute::Bold));
        table.add_row(strong.collect::<Vec<_>>());
    }
    let last = shown().count().saturating_sub(1);
    let widths = table.column_max_content_widths();
    let about = shown().map(|(_, column)| column.right).zip(widths);
    for (at, (column, (right, width))) in table.column_iter_mut().zip(about).enumerate() {
        let padding = if at == last { 0 } else { 2 };
        column.set_padding((0, padding));
        // A number or a day is never broken over lines; long texts make room for them.
        column.set_constraint(if right || width <= WHOLE {
            ColumnConstraint::ContentWidth
        } else {
            ColumnConstraint::LowerBoundary(Width::Fixed(WHOLE + padding))
        });
    }
    let mut lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    // Where a cell was broken over several lines, nobody knows which line begins the totals.
    let whole = lines.len() == sheet.rows.len() + sheet.totals.len() + 2;
    if let (true, Some(rule)) = (whole && !sheet.totals.is_empty(), lines.get(1).cloned()) {
        lines.insert(sheet.rows.len() + 2, rule);
    }
    lines
}

fn side(column: &Column) -> CellAlignment {
    if column.right { CellAlignment::Right } else { CellAlignment::Left }
}

fn styled(cell: &Cell) -> TableCell {
    let plain = TableCell::new(&cell.text);
    match cell.tone {
        Tone::Plain => plain,
        Tone::Strong => plain.add_attribute(Attribute::Bold),
        Tone::Faint => plain.add_attribute(Attribute::Dim),
        Tone::Good => plain.fg(Color::Green),
        Tone::Warning => plain.fg(Color::Yellow),
        Tone::Bad => plain.fg(Color::Red),
    }
}
