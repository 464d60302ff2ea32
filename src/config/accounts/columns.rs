//! The columns of a table of accounts, by the names that people and CRMs give them.

use std::collections::HashMap;

use super::Table;
use crate::config::csv::plain;
use crate::config::nearest::nearest;
use crate::text::html::fold;

/// Columns of a table somebody wrote by hand: there, one we do not know is a slip.
const BY_HAND: usize = 8;

/// What a column can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Column {
    Name,
    Aliases,
    Domain,
    Owner,
    Competitors,
    About,
    Not,
    /// What the account trades under: `$ACME` names it.
    Ticker,
    /// Its name on social networks: `@acme` names it.
    Handle,
    /// Of what trade it is, which says a little of what it does.
    Industry,
}

/// The names of the columns, ours first. Of two for the same, the earlier here counts.
const COLUMNS: [(&str, Column); 55] = [
    ("name", Column::Name),
    ("account name", Column::Name),
    ("company name", Column::Name),
    ("company", Column::Name),
    ("account", Column::Name),
    ("organization name", Column::Name),
    ("organisation name", Column::Name),
    ("organization", Column::Name),
    ("organisation", Column::Name),
    ("customer name", Column::Name),
    ("customer", Column::Name),
    ("aliases", Column::Aliases),
    ("alias", Column::Aliases),
    ("also known as", Column::Aliases),
    ("aka", Column::Aliases),
    ("other names", Column::Aliases),
    ("dba", Column::Aliases),
    ("tradestyle", Column::Aliases),
    ("trading name", Column::Aliases),
    ("domain", Column::Domain),
    ("company domain name", Column::Domain),
    ("domain name", Column::Domain),
    ("company domain", Column::Domain),
    ("website", Column::Domain),
    ("website url", Column::Domain),
    ("web site", Column::Domain),
    ("homepage", Column::Domain),
    ("url", Column::Domain),
    ("owner", Column::Owner),
    ("account owner", Column::Owner),
    ("company owner", Column::Owner),
    ("account owner name", Column::Owner),
    ("owner name", Column::Owner),
    ("hubspot owner", Column::Owner),
    ("account manager", Column::Owner),
    ("account executive", Column::Owner),
    ("competitors", Column::Competitors),
    ("competitor", Column::Competitors),
    ("main competitors", Column::Competitors),
    ("main competitor", Column::Competitors),
    ("primary competitor", Column::Competitors),
    ("about", Column::About),
    ("what it does", Column::About),
    ("what they do", Column::About),
    ("description", Column::About),
    ("account description", Column::About),
    ("company description", Column::About),
    ("about us", Column::About),
    ("not", Column::Not),
    ("ticker symbol", Column::Ticker),
    ("ticker", Column::Ticker),
    ("stock symbol", Column::Ticker),
    ("twitter handle", Column::Handle),
    ("handle", Column::Handle),
    ("industry", Column::Industry),
];

/// What each column says; none where no column has the names.
pub(super) fn columns(
    line: usize,
    header: &[String],
    table: &mut Table,
) -> Option<Vec<Option<Column>>> {
    let names: Vec<String> = header
        .iter()
        .map(|cell| fold(plain(cell)).to_lowercase().replace(['_', '-'], " "))
        .collect();
    let rank = |name: &str| COLUMNS.iter().position(|(known, _)| *known == name);
    let mut best: HashMap<Column, usize> = HashMap::new();
    for rank in names.iter().filter_map(|name| rank(name)) {
        let earliest = best.entry(COLUMNS[rank].1).or_insert(rank);
        *earliest = rank.min(*earliest);
    }
    if !best.contains_key(&Column::Name) {
        let what = "no column holds the names; let the first row name the columns: name, aliases, \
                    domain, owner, competitors, about, not";
        table.problems.push((line, what.to_owned()));
        return None;
    }
    let ours = ["name", "aliases", "domain", "owner", "competitors", "about", "not"];
    let mut columns = Vec::with_capacity(names.len());
    for name in &names {
        let found = rank(name);
        let meant = if found.is_none() { nearest(name, ours) } else { None };
        if let Some(meant) = meant.filter(|_| names.len() <= BY_HAND)
            && !rank(meant).is_some_and(|rank| best.contains_key(&COLUMNS[rank].1))
        {
            let what = format!("no column {name:?}; did you mean `{meant}`?");
            table.problems.push((line, what));
        }
        // Names are of one column; what else there is may stand in several.
        let counts = |rank: &usize| best.get(&COLUMNS[*rank].1) == Some(rank);
        columns.push(found.filter(counts).map(|rank| COLUMNS[rank].1));
    }
    Some(columns)
}
