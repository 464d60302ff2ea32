//! A row of a table of accounts: cleaned where it can be, refused with words where it cannot.

use std::collections::HashMap;

use super::Table;
use super::columns::Column;
use crate::account::{Account, NotADomain, domain};
use crate::classify::accounts as rules;
use crate::config::csv::plain;
use crate::text::html::fold;

/// Characters of a name: the longest registered names are shorter.
const LONGEST_NAME: usize = 200;

/// Characters kept of what an account does: about what the encoder reads at once.
const LONGEST_ABOUT: usize = 1_000;

/// What stands in a cell that has nothing to say.
const NOTHING: [&str; 12] =
    ["-", "--", "n/a", "na", "none", "null", "nil", "#n/a", "#ref!", "#value!", "#name?", "?"];

/// The account of a row; none where it says none, or is refused.
pub(super) fn account(
    line: usize,
    columns: &[Option<Column>],
    cells: &[String],
    table: &mut Table,
) -> Option<Account> {
    let mut said: HashMap<Column, String> = HashMap::new();
    for (column, cell) in columns.iter().zip(cells) {
        let Some(column) = column else { continue };
        let formula = is_formula(cell);
        let text = fold(plain(cell));
        if text.is_empty() || NOTHING.contains(&text.to_lowercase().as_str()) {
            continue;
        }
        if formula && *column == Column::Name {
            let shown: String = text.chars().take(40).collect();
            table.problems.push((line, format!("the name {shown:?} is a formula; write the name")));
            return None;
        } else if formula {
            table.notes.push((line, "a formula was left out".to_owned()));
        } else {
            // A list may stand on several lines of its cell.
            let whole = if is_list(*column) { plain(cell).to_owned() } else { text };
            said.entry(*column).or_insert(whole);
        }
    }
    if said.is_empty() {
        return None;
    }
    let mut take = |column| said.remove(&column);
    let Some(name) = take(Column::Name) else {
        let what = "no name; give the company's name, or delete the row";
        table.problems.push((line, what.to_owned()));
        return None;
    };
    if name.chars().count() > LONGEST_NAME {
        let what = format!("a name of more than {LONGEST_NAME} characters; shorten it");
        table.problems.push((line, what));
        return None;
    }
    let mut aliases = take(Column::Aliases).map(|cell| list(&cell)).unwrap_or_default();
    aliases.extend(take(Column::Ticker).and_then(|cell| marked('$', &cell)));
    aliases.extend(take(Column::Handle).and_then(|cell| marked('@', &cell)));
    let written = take(Column::Domain);
    let domain = match written.as_deref().map(|written| domain(written, &name)) {
        Some(Ok(domain)) => Some(domain),
        Some(Err(refused @ NotADomain::Shared(_))) => {
            table.notes.push((line, format!("“{name}”: {refused}")));
            None
        }
        // What it is called is worth as much without it.
        Some(Err(refused)) => {
            table.doubts.push((line, format!("“{name}”: {refused}")));
            None
        }
        None => None,
    };
    let about = take(Column::About).or_else(|| take(Column::Industry));
    let account = Account {
        aliases,
        domain,
        about: about.map(|about| about.chars().take(LONGEST_ABOUT).collect()),
        not: take(Column::Not).map(|cell| list(&cell)).unwrap_or_default(),
        owner: take(Column::Owner),
        competitors: take(Column::Competitors).map(|cell| list(&cell)).unwrap_or_default(),
        name,
    };
    let problems = rules::problems(std::slice::from_ref(&account));
    let fits = problems.is_empty();
    table.problems.extend(problems.into_iter().map(|what| (line, what)));
    fits.then_some(account)
}

fn is_list(column: Column) -> bool {
    matches!(column, Column::Aliases | Column::Competitors | Column::Not)
}

/// The parts of a cell. Commas divide only where nothing else does: “Acme, Inc.” is one name.
fn list(cell: &str) -> Vec<String> {
    let others = [';', '|', '\n', '\r'];
    let parts: Vec<&str> = if cell.contains(others) {
        cell.split(others).collect()
    } else {
        cell.split(',').collect()
    };
    let mut names: Vec<String> = Vec::new();
    for part in parts.into_iter().map(fold).filter(|part| !part.is_empty()) {
        match names.last_mut() {
            Some(last) if rules::is_legal_form(&part) => *last = format!("{last}, {part}"),
            _ => names.push(part),
        }
    }
    names
}

/// `acme`, `@acme` or `https://social.example/acme` → `@acme`; none where it holds no such name.
fn marked(mark: char, cell: &str) -> Option<String> {
    let cell = cell.trim().trim_end_matches('/');
    let name = cell.rsplit(['/', ':']).next()?.trim().trim_start_matches(['@', '$']);
    let fits = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c));
    fits.then(|| format!("{mark}{name}"))
}

/// A cell a spreadsheet would compute, and not only one that begins with a sign.
fn is_formula(cell: &str) -> bool {
    let cell = cell.trim();
    cell.starts_with('=') || (cell.starts_with(['+', '-', '@']) && cell.contains(['(', '|', '!']))
}
