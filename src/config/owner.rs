//! `[[owner]]`: domains that belong together, so that their sources are one voice.

use std::collections::HashMap;

use super::fields::Fields;
use super::market::Listened;
use crate::source::Owner;

/// Domains that belong to one owner.
pub(super) struct Group {
    pub(super) name: String,
    /// Registrable domains, each as an owner of its own would be called.
    pub(super) domains: Vec<Owner>,
}

/// Parses a group; none where its name or its domains are missing.
pub(super) fn parse(fields: &mut Fields<'_>) -> Option<Group> {
    let name = fields.needed("name", "give the name of who is behind these domains");
    if !fields.has("domains") {
        fields.missing("domains", "list them: domains = [\"acme.example\", \"acme-labs.example\"]");
    }
    let mut domains = Vec::new();
    for domain in fields.texts("domains") {
        match of_domain(&domain) {
            Some(owner) => domains.push(owner),
            None => fields.wrong("domains", &format!("{domain:?} is no domain, like acme.example")),
        }
    }
    Some(Group { name: name?, domains })
}

/// Which group each domain is in.
#[derive(Default)]
pub(super) struct Groups(HashMap<Owner, String>);

impl Groups {
    /// Takes a group in; the first domain that is in another one already, with that one's name.
    pub(super) fn take(&mut self, group: Group) -> Option<(Owner, Owner)> {
        let owner = Owner::named(&group.name);
        let mut twice = None;
        for domain in group.domains {
            match self.0.get(&domain) {
                Some(other) if Owner::named(other) != owner => {
                    twice = Some((domain, Owner::named(other)));
                }
                _ => _ = self.0.insert(domain, group.name.clone()),
            }
        }
        twice
    }

    /// Gives the sources of a group its owner: those whose host, or whose stated owner, is one of its
    /// domains.
    pub(super) fn apply(&self, sources: &mut [Listened]) {
        for listened in sources {
            let owner = &listened.source.owner;
            let of_domain = of_domain(owner.as_str());
            let group = of_domain.and_then(|domain| self.0.get(&domain)).or(self.0.get(owner));
            if let Some(group) = group {
                listened.source.owner = Owner::named(group);
                listened.written.group = Some(group.clone());
            }
        }
    }
}

/// The owner of what looks like a domain.
fn of_domain(text: &str) -> Option<Owner> {
    let text = text.trim();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    (text.contains('.') && text.chars().all(fits)).then(|| Owner::of_host(text))
}
