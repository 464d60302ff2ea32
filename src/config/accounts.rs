//! Accounts as a table: a list of our own, or what Salesforce and HubSpot export.
//!
//! What can be cleaned is cleaned and said in a note; what cannot is a problem with its line. Rows of
//! one domain, or of one name where they do not contradict each other, are one account.

use std::collections::HashMap;

use super::csv::{decoded, plain, quoted_row, rows};
use super::nearest::nearest;
use crate::account::{Account, domain};
use crate::classify::accounts as rules;
use crate::text::html::fold;

/// Accounts read of one table: twice what was measured. Each costs about 1 kB of memory.
const MOST: usize = 100_000;

/// Problems named one by one; of the others, how many there are.
const NAMED: usize = 20;

/// Characters of a name: the longest registered names are shorter.
const LONGEST_NAME: usize = 200;

/// Characters kept of what an account does: about what the encoder reads at once.
const LONGEST_ABOUT: usize = 1_000;

/// Columns of a table somebody wrote by hand: there, one we do not know is a slip.
const BY_HAND: usize = 8;

/// What a column can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Column {
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

/// What stands in a cell that has nothing to say.
const NOTHING: [&str; 12] =
    ["-", "--", "n/a", "na", "none", "null", "nil", "#n/a", "#ref!", "#value!", "#name?", "?"];

/// What a table holds. Lines count from 1.
#[derive(Debug, Default)]
pub struct Table {
    /// The accounts, each with the line it begins in.
    pub accounts: Vec<(usize, Account)>,
    /// What was cleaned, merged or left out of an account that is taken.
    pub notes: Vec<(usize, String)>,
    /// Rows that cannot be taken, each with what to do.
    pub problems: Vec<(usize, String)>,
}

/// Reads a table in whatever charset and with whatever separator spreadsheets write.
#[must_use]
pub fn read(body: &[u8]) -> Table {
    parse(&decoded(body))
}

/// Reads a table that is text already.
#[must_use]
pub(super) fn parse(text: &str) -> Table {
    let mut table = Table::default();
    let mut rows = rows(text).into_iter();
    let Some((line, header)) = rows.by_ref().find(|(_, cells)| !is_separator_note(cells)) else {
        table.problems.push((1, "holds nothing; write a first row that names the columns".into()));
        return table;
    };
    let Some(columns) = columns(line, &header, &mut table) else { return table };
    let mut known = Known::default();
    for (number, (line, cells)) in rows.enumerate() {
        if number == MOST {
            let what = format!("holds more than {MOST} accounts; split it");
            table.problems.push((line, what));
            break;
        }
        if is_footer(&cells) {
            continue;
        }
        if let Some(account) = account(line, &columns, &cells, &mut table) {
            known.take(line, account, &mut table);
        }
    }
    let left = table.problems.len().saturating_sub(NAMED);
    if left > 0 {
        let line = table.problems[NAMED].0;
        table.problems.truncate(NAMED);
        let what = format!("from here on, {left} more rows that cannot be taken");
        table.problems.push((line, what));
    }
    table
}

/// The accounts as a table that [`read`] takes in again. No cell is a formula.
#[must_use]
pub fn write<'a>(accounts: impl IntoIterator<Item = &'a Account>) -> String {
    let header = ["name", "aliases", "domain", "owner", "competitors", "about", "not"];
    let mut text = quoted_row(header.into_iter().map(str::to_owned));
    for account in accounts {
        let Account { name, aliases, domain, about, not, owner, competitors } = account;
        let one = |value: &Option<String>| value.clone().unwrap_or_default();
        let cells = [
            name.clone(),
            aliases.join("; "),
            one(domain),
            one(owner),
            competitors.join("; "),
            one(about),
            not.join("; "),
        ];
        text += &quoted_row(cells.into_iter());
    }
    text
}

/// What Salesforce writes below a report: a line of its own in the first column.
fn is_footer(cells: &[String]) -> bool {
    const BEGINNINGS: [&str; 4] =
        ["copyright (c) ", "copyright © ", "confidential information - do not", "generated by:"];
    let mut filled = cells.iter().filter(|cell| !cell.trim().is_empty());
    let (Some(first), None) = (filled.next(), filled.next()) else { return false };
    let first = first.trim().to_lowercase();
    BEGINNINGS.iter().any(|beginning| first.starts_with(beginning))
}

/// Excel's own first line, `sep=;`.
fn is_separator_note(cells: &[String]) -> bool {
    cells.first().is_some_and(|cell| cell.trim().to_lowercase().starts_with("sep="))
}

/// What each column says; none where no column has the names.
fn columns(line: usize, header: &[String], table: &mut Table) -> Option<Vec<Option<Column>>> {
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

fn account(
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
        // What it is called is worth as much without it.
        Some(Err(refused)) => {
            table.notes.push((line, format!("“{name}” is taken without its website: {refused}")));
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

/// The accounts taken so far, by what makes two rows one.
#[derive(Default)]
struct Known {
    by_domain: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
}

impl Known {
    fn take(&mut self, line: usize, account: Account, table: &mut Table) {
        let key = account.name.to_lowercase();
        let by_domain =
            account.domain.as_ref().and_then(|domain| self.by_domain.get(domain)).copied();
        let by_name = self.by_name.get(&key).copied();
        let Some(place) = by_domain.or(by_name) else {
            let place = table.accounts.len();
            self.by_domain.extend(account.domain.clone().map(|domain| (domain, place)));
            self.by_name.insert(key, place);
            table.accounts.push((line, account));
            return;
        };
        let (first, kept) = &mut table.accounts[place];
        if let Some(what) = contradiction(kept, &account) {
            let name = &account.name;
            let what = format!("“{name}” is also “{}” in line {first}, but {what}", kept.name);
            table.problems.push((line, what));
            return;
        }
        let note = format!("“{}” is one with “{}” in line {first}", account.name, kept.name);
        merge(kept, account);
        self.by_domain.extend(kept.domain.clone().map(|domain| (domain, place)));
        self.by_name.entry(key).or_insert(place);
        table.notes.push((line, note));
    }
}

/// Why two rows that look like one account cannot be one, and what to do.
fn contradiction(a: &Account, b: &Account) -> Option<String> {
    let differ = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) if !a.eq_ignore_ascii_case(b) => Some((a.clone(), b.clone())),
        _ => None,
    };
    if let Some((a, b)) = differ(&a.domain, &b.domain) {
        return Some(format!("there it is {a} and here {b}; rename one"));
    }
    let (a, b) = differ(&a.owner, &b.owner)?;
    Some(format!("there it is {a}'s and here {b}'s; delete one"))
}

/// Takes over what the first row does not say.
fn merge(kept: &mut Account, other: Account) {
    let Account { name, aliases, domain, about, not, owner, competitors } = other;
    let own = kept.name.to_lowercase();
    let names = std::iter::once(name).chain(aliases).filter(|name| name.to_lowercase() != own);
    add(&mut kept.aliases, names);
    add(&mut kept.not, not);
    add(&mut kept.competitors, competitors);
    kept.domain = kept.domain.take().or(domain);
    kept.about = kept.about.take().or(about);
    kept.owner = kept.owner.take().or(owner);
}

fn add(list: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for one in more {
        if !list.iter().any(|known| known.to_lowercase() == one.to_lowercase()) {
            list.push(one);
        }
    }
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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn names(table: &Table) -> Vec<&str> {
        table.accounts.iter().map(|(_, account)| account.name.as_str()).collect()
    }

    #[test]
    fn an_export_of_salesforce_is_read_by_its_own_columns() {
        let table = read(
            b"\"Account ID\",\"Account Name\",\"Account Owner\",\"Website\",\"Ticker Symbol\",\"Description\",\"Billing City\",\"Phone\",\"Type\"\n\
              001,\"Halden Freight, Inc.\",Maren Ruud,http://www.halden-freight.example/en,HLDN,Moves containers,Oslo,1,Customer\n",
        );
        let [(2, account)] = table.accounts.as_slice() else { panic!("{table:?}") };
        assert_eq!(account.name, "Halden Freight, Inc.");
        assert_eq!(account.owner.as_deref(), Some("Maren Ruud"));
        assert_eq!(account.domain.as_deref(), Some("halden-freight.example"));
        assert_eq!(account.about.as_deref(), Some("Moves containers"));
        assert_eq!(account.aliases, ["$HLDN"]);
        assert!(table.problems.is_empty() && table.notes.is_empty(), "{table:?}");
    }

    #[test]
    fn an_export_of_hubspot_is_read_in_utf_16_with_semicolons() {
        let text = "Record ID;Company name;Company Domain Name;COMPANY OWNER;Industry;Twitter Handle\r\n\
                    7;Caf\u{e9} Nord;cafenord.example;Theo;Food;@cafe_nord\r\n";
        let mut body = vec![0xff, 0xfe];
        body.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let unmarked = body[2..].to_vec();
        for body in
            [body, unmarked, text.as_bytes().to_vec(), [b"\xef\xbb\xbf", text.as_bytes()].concat()]
        {
            let table = read(&body);
            let [(2, account)] = table.accounts.as_slice() else { panic!("{table:?}") };
            assert_eq!(account.name, "Caf\u{e9} Nord");
            assert_eq!(account.owner.as_deref(), Some("Theo"));
            assert_eq!(account.about.as_deref(), Some("Food"));
            assert_eq!(account.aliases, ["@cafe_nord"]);
        }
        let latin = read(b"sep=;\nname;domain\nCaf\xe9 Nord;cafenord.example\n");
        assert_eq!(names(&latin), ["Caf\u{e9} Nord"]);
    }

    #[test]
    fn rows_of_one_domain_are_one_account_and_those_that_contradict_are_refused() {
        let table = read(
            b"name,domain,owner,aliases,competitors\n\
              Acme,acme.example,Ada,ACM,Globex\n\
              Acme Robotics,https://www.acme.example,,\"Acme, Inc.\",\"Globex, Initech\"\n\
              Globex,globex.example,Ada,,\n\
              Globex,globex-mills.example,Ada,,\n\
              Globex UK,globex.example,Ben,,\n",
        );
        assert_eq!(names(&table), ["Acme", "Globex"]);
        let acme = &table.accounts[0].1;
        assert_eq!(acme.aliases, ["ACM", "Acme Robotics", "Acme, Inc."]);
        assert_eq!(acme.competitors, ["Globex", "Initech"]);
        assert_eq!(table.notes, [(3, "“Acme Robotics” is one with “Acme” in line 2".to_owned())]);
        let [(5, domains), (6, owners)] = table.problems.as_slice() else { panic!("{table:?}") };
        assert!(domains.contains("line 4, but there it is globex.example and here"), "{domains}");
        assert!(owners.contains("there it is Ada's and here Ben's; delete one"), "{owners}");
    }

    #[test]
    fn what_salesforce_writes_below_a_report_is_no_account() {
        let table = read(
            b"Account Name,Website,Account Owner\n\
              Acme,acme.example,Ada\n\
              Confidentiality Labs,labs.example,Ada\n\
              Copyright Clearing House,,Ada\n\
              ,,\n\
              Confidential Information - Do Not Distribute,,\n\
              Copyright (c) 2000-2026 salesforce.com inc. All rights reserved.,,\n",
        );
        assert_eq!(names(&table), ["Acme", "Confidentiality Labs", "Copyright Clearing House"]);
        assert_eq!(table.problems, []);
    }

    #[test]
    fn bad_cells_are_cleaned_or_refused_with_words() {
        let table = read(
            b"name,domain,about\n\
              \"=cmd|' /c calc'!A0\",a.example,x\n\
              The,,\n\
              The,the.example,\n\
              X,,\n\
              ,nameless.example,does something\n\
              Quill,no domain,\n\
              Orrin,https://www.linkedin.com/company/orrin,=HYPERLINK(1)\n\
              -,,\n\
              \x00Tarn\x00wick,n/a,\xe2\x80\x8f\n",
        );
        assert_eq!(names(&table), ["The", "Quill", "Orrin", "Tarnwick"]);
        assert!(table.accounts[1..3].iter().all(|(_, account)| account.domain.is_none()));
        let (line, note) = &table.notes[0];
        assert_eq!(*line, 7);
        assert!(note.contains("“Quill” is taken without its website: \"no domain\" is"), "{note}");
        let said: Vec<String> =
            table.problems.iter().map(|(line, what)| format!("{line}: {what}")).collect();
        for (said, expected) in said.iter().zip([
            "2: the name \"=cmd|' /c calc'!A0\" is a formula",
            "3: account “The”: every text holds this word",
            "5: account “X”: one letter stands for many things",
            "6: no name; give the company's name",
        ]) {
            assert!(said.starts_with(expected), "{said}");
        }
        assert_eq!(said.len(), 4, "{said:?}");
        assert_eq!(table.notes.len(), 3, "{:?}", table.notes);
    }

    #[test]
    fn one_nameless_row_among_very_many_is_found_at_its_line() {
        let mut text = String::from("name,domain\n");
        for n in 0..50_000 {
            let name = if n == 31_337 { String::new() } else { format!("Firm {n}") };
            let _ = writeln!(text, "{name},firm{n}.example");
        }
        let table = parse(&text);
        assert_eq!(table.accounts.len(), 49_999);
        assert_eq!(table.problems.len(), 1);
        assert_eq!(table.problems[0].0, 31_339);
    }

    #[test]
    fn a_table_without_names_or_with_a_slip_in_its_header_says_so() {
        assert!(read(b"").problems[0].1.contains("holds nothing"));
        assert!(read(b"foo,bar\n1,2\n").problems[0].1.contains("no column holds the names"));
        let slip = read(b"name,alises\nAcme,ACM\n");
        assert_eq!(
            slip.problems,
            [(1, "no column \"alises\"; did you mean `aliases`?".to_owned())]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(body in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&body);
            let _ = read(&[b"name,domain,aliases\n".as_slice(), &body].concat());
        }

        #[test]
        fn what_is_written_is_read_again(names in prop::collection::vec("[A-Z][a-z]{3,9} [A-Z][a-z]{2,9}", 1..9)) {
            let mut accounts: Vec<Account> = Vec::new();
            for name in names {
                if accounts.iter().all(|known| known.name != name) {
                    let aliases = vec![format!("{name}, Inc."), "=1+1 Ltd".to_owned()];
                    let owner = Some("Ada \"A\" Low".to_owned());
                    let (about, not) = (Some("-does; things\"".to_owned()), vec!["x".to_owned()]);
                    accounts.push(Account { name, aliases, owner, about, not, domain: None, competitors: vec![] });
                }
            }
            let table = parse(&write(&accounts));
            prop_assert!(table.problems.is_empty(), "{:?}", table.problems);
            let again: Vec<Account> = table.accounts.into_iter().map(|(_, account)| account).collect();
            prop_assert_eq!(again, accounts);
        }
    }
}
