//! An account: a company a seller cares about.

use serde::{Deserialize, Serialize};

/// A company a seller cares about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its name as sellers say it.
    pub name: String,
    /// Other names it goes by.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Its domain, without `www.`: see [`domain`].
    #[serde(default)]
    pub domain: Option<String>,
    /// What it does, in a sentence: tells it from its namesakes.
    #[serde(default)]
    pub about: Option<String>,
    /// Words near the name that say it is somebody else.
    #[serde(default)]
    pub not: Vec<String>,
    /// The seller who looks after it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Companies it competes with.
    #[serde(default)]
    pub competitors: Vec<String>,
}

/// Sites where many companies have a page or a mailbox: an address there is nobody's domain.
const SHARED: [&str; 24] = [
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "outlook.com",
    "live.com",
    "yahoo.com",
    "icloud.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "proton.me",
    "protonmail.com",
    "linkedin.com",
    "facebook.com",
    "instagram.com",
    "twitter.com",
    "x.com",
    "youtube.com",
    "tiktok.com",
    "crunchbase.com",
    "wikipedia.org",
    "medium.com",
    "linktr.ee",
];

/// Whether many people who have nothing to do with each other have mail addresses, or pages, there.
#[must_use]
pub fn is_shared(domain: &str) -> bool {
    psl::domain_str(domain).is_none_or(|registered| SHARED.contains(&registered))
}

/// What was written where a domain belongs, and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotADomain {
    /// No host can be read off it.
    #[error("{0:?} is no domain; write it like acme.example")]
    Unreadable(String),
    /// Whole registries are below it.
    #[error("{0:?} is not one company's; write the domain below it")]
    Registry(String),
    /// Many companies have pages or mailboxes there.
    #[error("{0} is a site many companies share; write the company's own domain, or none")]
    Shared(String),
}

/// The domain of the company called `name`, in lower case and without `www.`, out of a domain, a web
/// address or a mail address.
///
/// # Errors
/// [`NotADomain`] says what is wrong with it, and what to write.
pub fn domain(written: &str, name: &str) -> Result<String, NotADomain> {
    let unreadable = || NotADomain::Unreadable(written.trim().to_owned());
    let rest = written.trim().to_lowercase();
    let rest = rest.split_once("://").map_or(rest.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().trim_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let is_name = host.contains('.') && !host.split('.').next_back().is_some_and(is_number);
    // As browsers would ask for it: what is no host at all is refused there.
    let url = url::Url::parse(&format!("https://{host}/")).map_err(|_| unreadable())?;
    let host = url.host_str().filter(|_| is_name).ok_or_else(unreadable)?;
    let registered = psl::domain_str(host).ok_or_else(|| NotADomain::Registry(host.to_owned()))?;
    let label = registered.split('.').next().unwrap_or_default();
    if SHARED.contains(&registered) && !name.to_lowercase().contains(label) {
        return Err(NotADomain::Shared(registered.to_owned()));
    }
    Ok(host.to_owned())
}

fn is_number(label: &str) -> bool {
    label.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_read_off_whatever_people_write_for_it() {
        for written in [
            "acme.example",
            "www.acme.example",
            "https://www.ACME.example/en/?a=b",
            "http://acme.example:8080",
            "sales@acme.example",
            " acme.example. ",
        ] {
            assert_eq!(domain(written, "Acme").as_deref(), Ok("acme.example"), "{written}");
        }
        assert_eq!(domain("m\u{fc}ller.example", "x").as_deref(), Ok("xn--mller-kva.example"));
    }

    #[test]
    fn what_is_no_domain_or_not_the_companys_is_refused() {
        for written in ["", "acme", "acme anvils.example", "10.0.0.1", "=cmd|' /c x'!A0", "\0.x"] {
            let refused = domain(written, "Acme");
            assert!(matches!(refused, Err(NotADomain::Unreadable(_))), "{written:?}: {refused:?}");
        }
        assert!(matches!(domain("co.uk", "Acme"), Err(NotADomain::Registry(_))));
        let page = "https://www.linkedin.com/company/acme";
        assert!(matches!(domain(page, "Acme"), Err(NotADomain::Shared(_))));
        assert_eq!(domain(page, "LinkedIn").as_deref(), Ok("linkedin.com"));
    }
}
