//! One `[[account]]`.

use super::fields::Fields;
use crate::account::{self, Account};
use crate::classify::accounts;

/// Parses an account; none where its name is missing.
pub(super) fn parse(fields: &mut Fields<'_>) -> Option<Account> {
    let name = fields.needed("name", "give the company's name as sellers say it");
    let aliases = fields.texts("aliases");
    let written = fields.text("domain");
    let domain = written.and_then(|written| {
        account::domain(&written, name.as_deref().unwrap_or_default())
            .inspect_err(|refused| fields.wrong("domain", &refused.to_string()))
            .ok()
    });
    let about = fields.text("about");
    let not = fields.texts("not");
    let owner = fields.text("owner");
    let competitors = fields.texts("competitors");
    let account = Account { name: name?, aliases, domain, about, not, owner, competitors };
    for sentence in accounts::problems(std::slice::from_ref(&account)) {
        fields.fault("name", sentence);
    }
    Some(account)
}
