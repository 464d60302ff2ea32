//! Sources as a table: comma-separated values in and out.

use toml::{Table, Value};

use super::entry::Details;
use super::lists::{Candidate, List};
use super::market::{Listened, Market, Written};
use crate::adapters::{KINDS, Skipped};
use crate::text::html::fold;

/// The columns every source has, in the order they are written.
pub(super) const COLUMNS: [&str; 9] =
    ["id", "kind", "voice", "owner", "tags", "language", "every", "paused", "title"];

/// What other programs call the column of addresses. Where a table has several, as exports with a
/// feed and its web page have, the earlier here counts.
const ADDRESS: [&str; 7] = ["feed_url", "feed url", "xmlurl", "rss", "feed", "url", "link"];

/// A cell that begins so is a formula to a spreadsheet, and may do what its author wants.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Rows read of one table.
const MOST: usize = 50_000;

/// Reads a table. Its first row names the columns; without one, every address in it is a feed.
#[must_use]
pub fn read(body: &[u8]) -> List {
    let text = decoded(body);
    let Rows { rows, unclosed } = rows(&text);
    let mut list = List::default();
    if let Some(line) = unclosed {
        list.skipped.push(Skipped { place: format!("line {line}"), why: UNCLOSED.to_owned() });
    }
    let first = rows.first().map(|(_, cells)| cells.as_slice()).unwrap_or_default();
    let names: Vec<String> = first.iter().map(|cell| cell.trim().to_lowercase()).collect();
    let is_header =
        names.iter().any(|name| column(name) == "url") || names.iter().any(|name| name == "kind");
    if is_header {
        let unknown: Vec<&str> =
            names.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
        if !unknown.is_empty() {
            let why = "no column of ours: nothing of it is taken over".to_owned();
            list.skipped.push(Skipped { place: format!("column {}", unknown.join(", ")), why });
        }
    }
    for (line, cells) in rows.iter().skip(usize::from(is_header)).take(MOST) {
        let place = format!("line {line}");
        let candidate =
            if is_header { of_row(&names, cells, &place) } else { of_addresses(cells, &place) };
        if let Some(candidate) = candidate {
            list.candidates.push(candidate);
        } else {
            let why = "it holds no address".to_owned();
            list.skipped.push(Skipped { place, why });
        }
    }
    if rows.len() > MOST {
        let why = format!("a table of more than {MOST} rows is not read whole: split it");
        list.skipped.push(Skipped { place: "the rest".to_owned(), why });
    }
    list
}

/// The sources of a market as a table that [`read`] takes in again. No cell is a formula.
#[must_use]
pub fn write(market: &Market) -> String {
    let keys_of = |listened: &Listened| -> Vec<String> {
        listened.options.keys().map(|key| own_column(listened.source.kind, key)).collect()
    };
    let mut own: Vec<String> = market.sources.iter().flat_map(keys_of).collect();
    // What a person looks for first stands in front.
    own.sort_unstable_by(|a, b| (a != "url", a).cmp(&(b != "url", b)));
    own.dedup();
    let shared = COLUMNS.iter().filter(|name| **name != "title");
    let header: Vec<String> = shared.map(|name| (*name).to_owned()).chain(own).collect();
    let mut text = quoted_row(header.iter().cloned());
    for listened in &market.sources {
        text += &quoted_row(header.iter().map(|name| cell(listened, name)));
    }
    text
}

fn cell(listened: &Listened, name: &str) -> String {
    let source = &listened.source;
    match name {
        "id" => source.id.to_string(),
        "kind" => source.kind.to_owned(),
        "voice" => source.voice.to_string(),
        "owner" => {
            let Written { group, owner, .. } = &listened.written;
            group.clone().or_else(|| owner.clone()).unwrap_or_default()
        }
        "tags" => tags(&source.tags),
        "language" => source.language.clone().unwrap_or_default(),
        "every" => listened.written.every.clone().unwrap_or_default(),
        "paused" if source.paused => "true".to_owned(),
        "paused" => String::new(),
        column => match own_key(column) {
            (Some(kind), _) if kind != source.kind => String::new(),
            (_, key) => match listened.options.get(key) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => String::new(),
            },
        },
    }
}

/// The column of a kind's own setting: its key, unless a table's column of that name is something else.
fn own_column(kind: &str, key: &str) -> String {
    let is_taken = COLUMNS.contains(&key) || (key != "url" && ADDRESS.contains(&key));
    if is_taken { format!("{kind}.{key}") } else { key.to_owned() }
}

/// The key a column of settings is of, and of which kind where it says so.
pub(super) fn own_key(column: &str) -> (Option<&str>, &str) {
    match column.split_once('.') {
        Some((kind, key)) => (Some(kind), key),
        None => (None, column),
    }
}

/// Tags in one cell: a list as TOML has it where one of them would come back as several.
fn tags(tags: &[String]) -> String {
    let joined = tags.join("; ");
    if split(&joined).eq(tags.iter().map(String::as_str)) && !joined.starts_with('[') {
        joined
    } else {
        Value::Array(tags.iter().cloned().map(Value::String).collect()).to_string()
    }
}

fn split(tags: &str) -> impl Iterator<Item = &str> {
    tags.split([';', ',', '|']).map(str::trim).filter(|tag| !tag.is_empty())
}

/// A cell that holds a list of texts as TOML writes one.
pub(super) fn texts(cell: &str) -> Option<Vec<String>> {
    if !cell.starts_with('[') {
        return None;
    }
    let mut read: Table = format!("list = {cell}").parse().ok()?;
    let Some(Value::Array(all)) = read.remove("list") else { return None };
    all.iter().map(|one| one.as_str().map(harmless)).collect()
}

/// A text without what could steer a terminal, else as it is.
fn harmless(text: &str) -> String {
    let folded = fold(text);
    if text.split_whitespace().eq(folded.split_whitespace()) { text.to_owned() } else { folded }
}

/// A row of cells, none of which is a formula.
pub(crate) fn quoted_row(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| quoted(&neutral(&cell))).collect();
    cells.join(",") + "\r\n"
}

/// A cell that no spreadsheet takes for a formula; [`plain`] takes it back.
fn neutral(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// Whether a cell is a formula, or one that was made none.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(FORMULA)
}

/// What a cell says.
pub(super) fn plain(cell: &str) -> &str {
    let cell = cell.trim_start();
    let own = cell.strip_prefix('\'').filter(|rest| is_formula(rest));
    own.unwrap_or(cell).trim()
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', ';', '"', '\n', '\r', '\t']) || cell.trim() != cell {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

fn of_row(names: &[String], cells: &[String], place: &str) -> Option<Candidate> {
    let names_of_ours = names.iter().map(|name| column(name).to_owned()).collect();
    let place = place.to_owned();
    let mut candidate = Candidate { place, columns: names_of_ours, ..Candidate::default() };
    let mut columns: Vec<(&String, &String)> = names.iter().zip(cells).collect();
    columns.sort_by_key(|(name, cell)| rank(name, cell));
    for (name, cell) in columns {
        // What could steer a terminal is no part of any name.
        let exact = harmless(plain(cell));
        let text = fold(&exact);
        let text = text.as_str();
        if text.is_empty() {
            continue;
        }
        let own = || Some(text.to_owned());
        match column(name) {
            "id" => candidate.id = own(),
            "kind" => text.clone_into(&mut candidate.kind),
            "voice" => candidate.details.voice = own(),
            "owner" => candidate.details.owner = own(),
            "language" => candidate.details.language = own(),
            "every" => candidate.details.every = own(),
            "title" => candidate.details.title = own(),
            "tags" => {
                let listed = texts(&exact);
                candidate.details.tags =
                    listed.unwrap_or_else(|| split(text).map(str::to_owned).collect());
            }
            "paused" => candidate.details.paused = matches!(text, "true" | "yes" | "1" | "TRUE"),
            "url" if candidate.options.iter().all(|(known, _)| known != "url") => {
                candidate.options.push(("url".to_owned(), text.to_owned()));
            }
            name => {
                let (_, key) = own_key(name);
                // One value a key, or the entry could not be read.
                if candidate.options.iter().all(|(known, _)| known != key) {
                    candidate.options.push((key.to_owned(), exact));
                }
            }
        }
    }
    (!candidate.options.is_empty()).then_some(candidate)
}

fn of_addresses(cells: &[String], place: &str) -> Option<Candidate> {
    let address = cells.iter().map(|cell| plain(cell)).find(|cell| cell.contains("://"))?;
    let title =
        cells.iter().map(|cell| plain(cell)).find(|cell| !cell.is_empty() && *cell != address);
    Some(Candidate {
        details: Details { title: title.map(fold), ..Details::default() },
        options: vec![("url".to_owned(), fold(address))],
        place: place.to_owned(),
        ..Candidate::default()
    })
}

/// The place of a column among those of addresses, the first of all; one whose cell is none stands
/// behind those that hold one.
fn rank(name: &str, cell: &str) -> (bool, usize) {
    let place = ADDRESS.iter().position(|known| *known == name);
    place.map_or((true, ADDRESS.len()), |place| (!cell.contains("://"), place))
}

/// A column's name as we call it.
fn column(name: &str) -> &str {
    if ADDRESS.contains(&name) {
        "url"
    } else if name == "name" {
        "title"
    } else {
        name
    }
}

fn is_known(name: &str) -> bool {
    let name = column(name);
    let (kind, key) = own_key(name);
    let mut kinds = KINDS.iter().filter(|own| kind.is_none_or(|kind| own.name == kind));
    name.is_empty() || COLUMNS.contains(&name) || kinds.any(|kind| kind.keys.contains(&key))
}

/// UTF-8, or what spreadsheets in western offices write.
pub(super) fn decoded(body: &[u8]) -> String {
    let (text, _) = match encoding_rs::Encoding::for_bom(body) {
        Some((encoding, mark)) => encoding.decode_without_bom_handling(&body[mark..]),
        // Two bytes a letter, of which one is nought nearly always, and no mark that says so.
        None if is_wide(body, 1) => encoding_rs::UTF_16LE.decode_without_bom_handling(body),
        None if is_wide(body, 0) => encoding_rs::UTF_16BE.decode_without_bom_handling(body),
        None if std::str::from_utf8(body).is_ok() => {
            encoding_rs::UTF_8.decode_without_bom_handling(body)
        }
        None => encoding_rs::WINDOWS_1252.decode_without_bom_handling(body),
    };
    text.into_owned()
}

/// Whether of the first letters' pairs of bytes most have a nought at `place`.
fn is_wide(body: &[u8], place: usize) -> bool {
    let (pairs, _) = body.as_chunks::<2>();
    let first = &pairs[..pairs.len().min(64)];
    let is_wide = |pair: &&[u8; 2]| pair[place] == 0 && pair[1 - place] != 0;
    first.len() >= 4 && first.iter().filter(is_wide).count() * 10 >= first.len() * 8
}

/// What is said of the line in which a quotation mark begins a cell that does not end where it should.
pub(super) const UNCLOSED: &str = "a cell begins with a quotation mark that is not closed, and rows below it were \
                                   read into it; close it, or leave it out";

/// A table as it was read.
#[derive(Debug)]
pub(super) struct Rows {
    /// The rows that hold anything, each with the number of its first line.
    pub(super) rows: Vec<(usize, Vec<String>)>,
    /// The first line with a cell that is not closed: it ends with the text, or in another cell's beginning.
    pub(super) unclosed: Option<usize>,
}

/// Reads a table.
pub(super) fn rows(text: &str) -> Rows {
    let first = text.lines().next().unwrap_or_default();
    let separator = [',', ';', '\t']
        .into_iter()
        .max_by_key(|separator| (first.matches(*separator).count(), *separator == ','))
        .unwrap_or(',');
    let mut rows = Vec::new();
    let (mut row, mut cell, mut line, mut begun) = (Vec::new(), String::new(), 1, 1);
    let mut chars = text.chars().peekable();
    let (mut within, mut opened, mut unclosed) = (false, 0, None);
    let mut end = |row: &mut Vec<String>, begun: usize| {
        if row.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push((begun, std::mem::take(row)));
        } else {
            row.clear();
        }
    };
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if within && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if within => {
                within = false;
                let ends = chars.peek().is_none_or(|c| *c == separator || c.is_whitespace());
                if !ends && opened < line {
                    unclosed = unclosed.or(Some(opened));
                }
            }
            '"' if cell.trim().is_empty() => {
                cell.clear();
                (within, opened) = (true, line);
            }
            '\n' if !within => {
                row.push(std::mem::take(&mut cell));
                end(&mut row, begun);
                begun = line;
            }
            '\r' if !within => {}
            c if c == separator && !within => row.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    row.push(cell);
    end(&mut row, begun);
    Rows { rows, unclosed: unclosed.or(within.then_some(opened)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_cell_comes_back_whatever_it_holds(cells in prop::collection::vec("[^\0]{0,12}", 1..5)) {
            let header = quoted_row((0..cells.len()).map(|n| format!("c{n}")));
            let written = header + &quoted_row(cells.iter().cloned());
            let Rows { rows: read, unclosed } = rows(&written);
            prop_assert_eq!(unclosed, None);
            let read: Vec<&str> =
                read.iter().skip(1).flat_map(|(_, cells)| cells).map(|cell| plain(cell).trim()).collect();
            let kept: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
            let is_ours = |cell: &&str| cell.starts_with('\'');
            if kept.iter().any(|cell| !cell.is_empty()) && !kept.iter().any(is_ours) {
                prop_assert_eq!(read, kept);
            }
        }

        #[test]
        fn any_bytes_are_survived(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&body);
        }
    }

    #[test]
    fn rows_are_read_as_spreadsheets_write_them() {
        let list = read(
            "Name;URL;Tags\r\n\"A; \"\"B\"\"\";https://a.example/;x, y\r\n\r\n;;\nC;\u{27}=x;\n"
                .as_bytes(),
        );
        let [a, c] = list.candidates.as_slice() else { panic!("{list:?}") };
        assert_eq!(a.details.title.as_deref(), Some("A; \"B\""));
        assert_eq!(a.options, [("url".to_owned(), "https://a.example/".to_owned())]);
        assert_eq!(a.details.tags, ["x", "y"]);
        assert_eq!((c.place.as_str(), c.options[0].1.as_str()), ("line 5", "=x"));
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_is_named_with_its_line() {
        for (text, expected) in [
            ("a,b\n\"x,y\nz,w\n", Some(2)),
            ("a,b\n1,\"x\n\"z\",w\n", Some(2)),
            ("a,b\n\"x\ny\",z\n\"w\",1\n", None),
            ("a,b\n\"x\"y,z\n", None),
        ] {
            assert_eq!(rows(text).unclosed, expected, "{text}");
        }
    }

    #[test]
    fn a_list_without_a_header_is_one_of_addresses() {
        let list = read(b"https://a.example/feed\nMine,https://b.example/feed\nnothing\n");
        let urls: Vec<_> = list.candidates.iter().map(|c| c.options[0].1.as_str()).collect();
        assert_eq!(urls, ["https://a.example/feed", "https://b.example/feed"]);
        assert_eq!(list.candidates[1].details.title.as_deref(), Some("Mine"));
        assert_eq!(list.skipped.len(), 1);
    }

    #[test]
    fn no_cell_is_a_formula_and_all_of_them_come_back() {
        for cell in ["=1+1", "+x", "-y", "@z", "\tq", "\r=1", "plain", "it's", "a,\"b\"\nc"] {
            let written = quoted(&neutral(cell));
            assert!(!written.trim_start_matches('"').starts_with(FORMULA), "{written}");
            let rows = rows(&written).rows;
            assert_eq!(plain(&rows[0].1[0]), cell.trim());
        }
    }

    #[test]
    fn of_several_addresses_the_feeds_counts_and_a_key_has_one_value() {
        let list = read(
            b"title,url,link,xmlUrl,server,server\n\
              A,https://a.example/,https://a.example/l,https://a.example/feed,one,two\n\
              B,https://b.example/,https://b.example/l,yes,,\n\
              C,,https://c.example/l,,,\n",
        );
        let urls: Vec<_> = list.candidates.iter().map(|c| c.options[0].1.as_str()).collect();
        assert_eq!(urls, ["https://a.example/feed", "https://b.example/", "https://c.example/l"]);
        assert_eq!(list.candidates[0].options[1..], [("server".to_owned(), "one".to_owned())]);
    }

    #[test]
    fn no_cell_steers_a_terminal() {
        let rows = "url,title,tags,owner\nhttps://a.example/\u{202e},A\u{1b}[31m,\u{1b}x;y\u{7},O\u{202e}o\n";
        let list = read(rows.as_bytes());
        let said = format!("{:?}", list.candidates[0]);
        assert!(!said.contains("\\u{"), "{said}");
        assert_eq!(list.candidates[0].details.tags, ["x", "y"]);
        let list = read("https://a.example/,A\u{1b}[31m\n".as_bytes());
        assert_eq!(list.candidates[0].details.title.as_deref(), Some("A[31m"));
    }

    #[test]
    fn an_unknown_column_is_named_and_an_old_charset_is_read() {
        let list = read(b"url,colour\nhttps://a.example/,red\n");
        assert!(list.skipped[0].place.contains("colour"), "{list:?}");
        let list = read(b"title,url\nCaf\xe9,https://a.example/\n");
        assert_eq!(list.candidates[0].details.title.as_deref(), Some("Café"));
    }
}
