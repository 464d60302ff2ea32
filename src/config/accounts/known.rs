//! The accounts of a table so far: rows that are one account are brought together.

use std::collections::HashMap;

use super::Table;
use crate::account::Account;

/// The accounts taken so far, by what makes two rows one.
#[derive(Default)]
pub(super) struct Known {
    by_domain: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
}

impl Known {
    /// Takes a row's account, as a new one or as one with that of an earlier row.
    pub(super) fn take(&mut self, line: usize, account: Account, table: &mut Table) {
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
