//! The ways to write an account's name.

use super::company_words::{FUNCTION, LEGAL, LEGAL_FRONT, LEGAL_JOINT, is_common};
use crate::account::Account;

/// Letters of a name in capitals that is an abbreviation: “SAP” is none of “sap”.
const ACRONYM: usize = 4;

/// Letters from which words written as one can be searched for: “homedepot”.
const JOINED: usize = 6;

/// How much a way of writing a name says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word of no other meaning.
    Distinctive,
    /// Capitals of which the small letters may mean something else.
    Acronym,
    /// Every word of it is an English word, or another account has it, too: it needs support.
    Common,
    /// Every text holds it.
    Function,
}

/// One way to write an account's name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) account: u32,
    pub(super) kind: Kind,
    pub(super) several_words: bool,
}

/// Every way to write an account's names, without repetitions.
pub(super) fn written(account: &Account) -> Vec<String> {
    let mut forms: Vec<String> = Vec::new();
    let mut add = |form: &str| {
        let form = form.trim();
        if form.chars().any(char::is_alphanumeric) && !forms.iter().any(|known| known == form) {
            forms.push(form.to_owned());
        }
    };
    let names = std::iter::once(&account.name).chain(&account.aliases);
    for name in names.map(|name| name.trim()) {
        let short = without_legal_form(name);
        add(name);
        for form in [short, without_article(short)] {
            add(form);
            if form.contains('&') {
                add(&form.replace('&', " and "));
            } else if form.to_lowercase().contains(" and ") {
                add(&form.replace(" and ", " & ").replace(" And ", " & "));
            }
            if form.contains(['\'', '\u{2019}']) {
                add(&form.replace(['\'', '\u{2019}'], ""));
            }
            if form.contains([' ', '-']) {
                let joined: String = form.chars().filter(|c| c.is_alphanumeric()).collect();
                if joined.chars().count() >= JOINED {
                    add(&joined);
                }
            }
        }
    }
    forms
}

impl Form {
    pub(super) fn of(account: u32, written: &str) -> Self {
        let plain: Vec<&str> = written
            .split([' ', '-', '\u{a0}', '/', '&'])
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
            .filter(|word| !word.is_empty())
            .collect();
        let lower: Vec<String> = plain.iter().map(|word| word.to_lowercase()).collect();
        let is_function =
            |word: &String| FUNCTION.contains(&word.as_str()) || word.chars().nth(1).is_none();
        let kind = if written.starts_with(['@', '$', '#']) {
            Kind::Distinctive
        } else if is_acronym(written) && (plain.len() > 1 || !lower.iter().all(is_function)) {
            Kind::Acronym
        } else if lower.iter().all(is_function) {
            Kind::Function
        } else if lower.iter().all(|word| is_common(word) || is_function(word)) {
            Kind::Common
        } else {
            Kind::Distinctive
        };
        Self { account, kind, several_words: plain.len() > 1 }
    }
}

fn is_acronym(written: &str) -> bool {
    let letters = || written.chars().filter(|c| c.is_alphabetic());
    // “3M”, too: with small letters it is a number of metres, or of people.
    let signs = written.chars().filter(|c| c.is_alphanumeric()).count();
    (2..=ACRONYM).contains(&signs)
        && letters().next().is_some()
        && letters().all(char::is_uppercase)
        && !written.contains(char::is_whitespace)
}

/// “Acme Robotics, Inc.” → “Acme Robotics”, “PT Telkom” → “Telkom”.
#[must_use]
pub fn without_legal_form(name: &str) -> &str {
    let mut short = name;
    let mut cut = false;
    while let Some((rest, last)) = short.rsplit_once([' ', ',', '\u{a0}']) {
        let joint = cut && LEGAL_JOINT.contains(&last.to_lowercase().trim_end_matches('.'));
        if !last.is_empty() && !is_legal_form(last) && !joint {
            break;
        }
        let rest = rest.trim_end_matches([' ', ',', '&', '\u{a0}']);
        if !says_something(rest) {
            break;
        }
        cut |= !last.is_empty();
        short = rest;
    }
    if let Some((front, rest)) = short.split_once(' ') {
        let bare: String = front.chars().filter(|c| c.is_alphanumeric()).collect();
        if LEGAL_FRONT.contains(&bare.to_lowercase().as_str())
            && bare.chars().all(char::is_uppercase)
            && says_something(rest)
        {
            return rest.trim_start();
        }
    }
    short
}

/// Whether a word behind a name is a legal form, as it is written: “SpA” and “S.p.A.”, not “Spa”.
pub(super) fn is_legal(word: &str) -> bool {
    let bare: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    let lower = bare.to_lowercase();
    if !LEGAL.contains(&lower.as_str()) {
        return false;
    }
    // Those that are words, too, are forms only where they are not written like one.
    let is_word =
        matches!(lower.as_str(), "spa" | "as" | "se" | "sa" | "da" | "pt" | "sal" | "ad" | "is");
    let as_word = bare.chars().skip(1).all(char::is_lowercase);
    let dotted = word.trim_end_matches([',', ';', ')']).contains(['.', '/']);
    !is_word || !as_word || dotted && word.chars().any(char::is_uppercase)
}

/// Whether it is nothing but a legal form.
#[must_use]
pub fn is_legal_form(words: &str) -> bool {
    let mut parts = words.split_whitespace().peekable();
    parts.peek().is_some() && parts.all(is_legal)
}

fn without_article(name: &str) -> &str {
    match name.split_once(' ') {
        Some((article, rest)) if article.eq_ignore_ascii_case("the") && says_something(rest) => {
            rest
        }
        _ => name,
    }
}

/// Whether a rest is still a name: more than an article or a letter.
fn says_something(rest: &str) -> bool {
    rest.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        word.chars().nth(1).is_some() && !FUNCTION.contains(&word.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_forms_of_many_countries_are_cut() {
        for (name, short) in [
            ("Acme Robotics, Inc.", "Acme Robotics"),
            ("Acme Holdings plc", "Acme"),
            ("Quillon GmbH & Co. KG", "Quillon"),
            ("Halden A/S", "Halden"),
            ("Orrin S.p.A.", "Orrin"),
            ("Tarnwick Pty. Ltd.", "Tarnwick"),
            ("Sable Sp. z o.o.", "Sable"),
            ("Marlo S. de R.L. de C.V.", "Marlo"),
            ("Kestrel Co., Ltd.", "Kestrel"),
            ("PT Lumen Tbk", "Lumen"),
            ("Hira K.K.", "Hira"),
            ("Vest AS", "Vest"),
            ("Blue Lagoon Spa", "Blue Lagoon Spa"),
            ("The Limited", "The Limited"),
            ("Limited Inc", "Limited"),
            ("Inc.", "Inc."),
            ("Same As", "Same As"),
        ] {
            assert_eq!(without_legal_form(name), short, "{name}");
        }
    }

    #[test]
    fn a_name_is_searched_for_in_the_ways_people_write_it() {
        let account = |name: &str| Account {
            name: name.to_owned(),
            aliases: vec![],
            domain: None,
            about: None,
            not: vec![],
            owner: None,
            competitors: vec![],
        };
        let forms = written(&account("The Lowe's & Daughters Company"));
        for form in ["Lowe's & Daughters", "Lowe's  and  Daughters", "Lowes & Daughters"] {
            assert!(forms.iter().any(|known| known == form), "{form}: {forms:?}");
        }
        assert_eq!(Form::of(0, "SAP").kind, Kind::Acronym);
        assert_eq!(Form::of(0, "AT&T").kind, Kind::Acronym);
        assert_eq!(Form::of(0, "IT").kind, Kind::Function);
        assert_eq!(Form::of(0, "Sap").kind, Kind::Common);
        assert_eq!(Form::of(0, "HPE").kind, Kind::Acronym);
        assert_eq!(Form::of(0, "Kestrelbase").kind, Kind::Distinctive);
        assert_eq!(Form::of(0, "The").kind, Kind::Function);
        assert_eq!(Form::of(0, "X").kind, Kind::Function);
        assert_eq!(Form::of(0, "Blue Apron").kind, Kind::Distinctive);
    }
}
