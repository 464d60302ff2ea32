//! Which accounts a text names, and why we think that it is they and not a namesake.

use std::ops::Range;

use super::company_words::{CONTEXT, FUNCTION, LEGAL, is_common};
use super::words::{Folded, Words};
use crate::account::Account;
use crate::verdict::{AccountVerdict, Band, Embedding};

/// The score from which an account counts as named.
pub const THRESHOLD: f32 = 0.5;

/// Bytes on each side of a name in which a word of `not` says that it is somebody else.
const NEAR: usize = 200;

/// Cosines of a text and what an account does: from the first it fits, below the second it is
/// about something else. Chosen by eye on few examples, not yet measured.
const FITS: f32 = 0.30;
const STRANGE: f32 = 0.10;

/// The score from which it may be named.
pub const UNSURE: f32 = 0.35;

/// The band of a score.
#[must_use]
pub fn band(score: f32) -> Band {
    if score >= THRESHOLD {
        Band::Yes
    } else if score >= UNSURE {
        Band::Unsure
    } else {
        Band::No
    }
}

/// What is wrong with a list of accounts, each in a sentence with its remedy.
#[must_use]
pub fn problems(accounts: &[Account]) -> Vec<String> {
    let mut problems = Vec::new();
    for (place, account) in accounts.iter().enumerate() {
        let name = account.name.trim();
        let told = account.domain.is_some() || account.about.is_some();
        if !name.chars().any(char::is_alphanumeric) {
            problems.push(format!("account {}: it has no name; give it one", place + 1));
        } else if FUNCTION.contains(&name.to_lowercase().as_str()) && !told {
            problems.push(format!(
                "account “{name}”: every text holds this word; give it a domain or say what it does in `about`"
            ));
        }
        let twin = |other: &&Account| other.name.trim().eq_ignore_ascii_case(name);
        if accounts[..place].iter().any(|other| twin(&other)) {
            problems.push(format!("account “{name}”: there are two of this name; rename one"));
        }
    }
    problems
}

/// What to embed for each account, in order, to tell it from its namesakes; empty for those that do
/// not say what they do.
#[must_use]
pub fn descriptions(accounts: &[Account]) -> Vec<String> {
    accounts.iter().map(|account| account.about.clone().unwrap_or_default()).collect()
}

/// The accounts, ready to be found.
#[derive(Debug)]
pub struct Accounts {
    known: Vec<Account>,
    about: Vec<Embedding>,
    forms: Vec<Form>,
    names: Words,
    not: Words,
    /// For each word of `not`, whose it is.
    not_of: Vec<usize>,
}

/// Where a text holds accounts' names, in order; not yet that they are meant.
#[derive(Debug, Clone, Default)]
pub struct Mentions(Vec<(usize, Range<usize>)>);

/// An account that a text may name.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What is said of it.
    pub verdict: AccountVerdict,
    /// Those of the [`Mentions`] that may be it, by number.
    pub mentions: Vec<usize>,
}

/// One way to write an account's name.
#[derive(Debug)]
struct Form {
    account: usize,
    written: String,
    /// Every word of it is an English word.
    common: bool,
    several_words: bool,
}

/// What a text is, beside its words.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The text as it was written.
    pub text: &'a str,
    /// URLs it links to, and its own.
    pub links: &'a [&'a str],
    /// Its embedding; empty where it has none.
    pub embedding: &'a Embedding,
}

impl Accounts {
    /// Accounts with the embeddings of their [`descriptions`].
    ///
    /// # Errors
    /// Where there are too many names to be searched at once.
    pub fn new(accounts: Vec<Account>, about: Vec<Embedding>) -> Result<Self, String> {
        let mut forms = Vec::new();
        for (place, account) in accounts.iter().enumerate() {
            let name = account.name.trim();
            for written in [name, without_legal_form(name)]
                .into_iter()
                .chain(account.aliases.iter().map(|alias| alias.trim()))
            {
                let known = |form: &Form| form.account == place && form.written == written;
                if written.chars().any(char::is_alphanumeric) && !forms.iter().any(known) {
                    forms.push(Form::new(place, written));
                }
            }
        }
        let names = Words::names(forms.iter().map(|form| form.written.as_str()))
            .map_err(|error| error.to_string())?;
        let not_of = accounts
            .iter()
            .enumerate()
            .flat_map(|(place, account)| account.not.iter().map(move |_| place))
            .collect();
        let not = Words::inflected(
            accounts.iter().flat_map(|account| account.not.iter().map(String::as_str)),
        )
        .map_err(|error| error.to_string())?;
        Ok(Self { known: accounts, about, forms, names, not, not_of })
    }

    /// Every account the text may name, surest first, each with its best mention. Those below
    /// [`THRESHOLD`] are among them.
    #[must_use]
    pub fn find(
        &self,
        folded: &Folded<'_>,
        mentions: &Mentions,
        around: Surroundings<'_>,
    ) -> Vec<Found> {
        let vetoes: Vec<(usize, Range<usize>)> = self
            .not
            .find(folded)
            .filter_map(|found| Some((*self.not_of.get(found.word)?, found.range)))
            .collect();

        let mut all: Vec<Found> = Vec::new();
        for (place, account) in self.known.iter().enumerate() {
            let link = account.domain.as_deref().and_then(|domain| linked(domain, &around));
            let weighed: Vec<(usize, Mention<'_>)> = mentions
                .0
                .iter()
                .enumerate()
                .filter(|(_, (form, _))| self.forms[*form].account == place)
                .filter(|(_, (_, range))| {
                    link.is_some()
                        || !vetoes.iter().any(|(of, veto)| *of == place && near(veto, range))
                })
                .map(|(number, (form, range))| {
                    (number, weigh(&self.forms[*form], range, folded, around.text))
                })
                .collect();
            let mentions = weighed
                .iter()
                .filter(|(_, mention)| mention.score > 0.0)
                .map(|(number, _)| *number)
                .collect();
            let named = weighed
                .into_iter()
                .map(|(_, mention)| mention)
                .max_by(|a, b| a.score.total_cmp(&b.score));
            let fit = self
                .about
                .get(place)
                .filter(|about| !about.0.is_empty() && !around.embedding.0.is_empty())
                .map(|about| about.cosine(around.embedding));
            let verdict = verdict(account, named, link.as_deref(), fit);
            all.extend(verdict.map(|verdict| Found { verdict, mentions }));
        }
        all.sort_by(|a, b| b.verdict.score.total_cmp(&a.verdict.score));
        all
    }

    /// Where names stand; a name inside a longer account's name is not that shorter one.
    #[must_use]
    pub fn mentions(&self, folded: &Folded<'_>) -> Mentions {
        let mut found: Vec<(usize, Range<usize>)> =
            self.names.find(folded).map(|found| (found.word, found.range)).collect();
        // Longer first where they start together, so that one pass sees the cover before the covered.
        found.sort_by_key(|(_, range)| (range.start, std::cmp::Reverse(range.end)));
        let mut reach = 0;
        found.retain(|(_, range)| {
            let covered = range.end < reach;
            reach = reach.max(range.end);
            !covered
        });
        Mentions(found)
    }
}

impl Mentions {
    /// The bytes of the text as it was written that each mention is.
    #[must_use]
    pub fn places(&self, folded: &Folded<'_>) -> Vec<Range<usize>> {
        self.0.iter().map(|(_, range)| folded.original_range(range.clone())).collect()
    }
}

impl Form {
    fn new(account: usize, written: &str) -> Self {
        let lower = written.to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let common = |word: &&str| is_common(word) || FUNCTION.contains(word);
        Self {
            account,
            written: written.to_owned(),
            common: words.iter().all(common),
            several_words: words.len() > 1,
        }
    }
}

/// A name found in a text, with what its writing and its neighbours say.
struct Mention<'a> {
    words: &'a str,
    score: f32,
    common: bool,
    reasons: Vec<String>,
}

fn weigh<'a>(form: &Form, range: &Range<usize>, folded: &Folded<'a>, text: &str) -> Mention<'a> {
    let words = folded.verbatim(range.clone());
    let place = folded.original_range(range.clone());
    let before = text.get(..place.start).unwrap_or_default();
    let after = text.get(place.end..).unwrap_or_default();
    let capital = words.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    let tagged = before.ends_with(['@', '#']);
    let loud = in_title_case(before, after);

    let mut reasons = Vec::new();
    let mut score = match (form.common, capital || tagged) {
        (false, true) if form.several_words => 0.85,
        (false, true) => 0.8,
        (false, false) if form.several_words => 0.7,
        (false, false) => 0.6,
        (true, true) if loud || starts_sentence(before) => 0.35,
        (true, true) => 0.45,
        (true, false) => 0.0,
    };
    let next = after.split_whitespace().next().unwrap_or_default();
    let touches = after.starts_with(char::is_whitespace);
    let bare = next.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if touches && LEGAL.contains(&bare.as_str()) && next.starts_with(char::is_uppercase) {
        score += if score > 0.0 { 0.25 } else { 0.0 };
        reasons.push(format!("followed by “{next}”"));
    } else if let Some(word) = company_word(before, after) {
        score += if score > 0.0 { 0.12 } else { 0.0 };
        reasons.push(format!("beside “{word}”"));
    } else if touches && !loud && capital && next.starts_with(char::is_uppercase) {
        // “Acme Anvils” where the account is “Acme”: perhaps somebody else.
        score -= if form.several_words { 0.1 } else { 0.2 };
    }
    Mention { words, score, common: form.common, reasons }
}

fn verdict(
    account: &Account,
    named: Option<Mention<'_>>,
    link: Option<&str>,
    fit: Option<f32>,
) -> Option<AccountVerdict> {
    let mut reasons = Vec::new();
    let (mut score, mention, common) = match (named, link) {
        (Some(named), _) => {
            reasons.push(format!("names “{}”", named.words));
            reasons.extend(named.reasons);
            (named.score, named.words.to_owned(), named.common)
        }
        (None, Some(link)) => (0.0, link.to_owned(), false),
        (None, None) => return None,
    };
    if let Some(fit) = fit {
        if fit >= FITS {
            score += if common && score <= 0.0 { 0.0 } else { 0.2 };
            reasons.push(format!("fits what it does ({fit:.2})"));
        } else if fit < STRANGE {
            score -= 0.25;
            reasons.push(format!("does not sound like what it does ({fit:.2})"));
        }
    }
    if link.is_some() {
        score = score.max(0.0).mul_add(0.1, 0.88);
        reasons.push(format!("links to {}", account.domain.as_deref().unwrap_or_default()));
    }
    (score > 0.0).then(|| AccountVerdict {
        name: account.name.clone(),
        mention,
        score: score.min(0.98),
        why: reasons.join("; "),
        sentiment: None,
    })
}

/// The link or address that leads to the domain or below it, as it is written.
fn linked(domain: &str, around: &Surroundings<'_>) -> Option<String> {
    let domain = domain.trim().trim_start_matches("www.").to_lowercase();
    if !domain.contains('.') {
        return None;
    }
    around
        .links
        .iter()
        .copied()
        .chain(around.text.split_whitespace().filter(|word| word.contains('.')))
        .find(|word| is_at(word, &domain))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/').to_owned())
}

fn is_at(word: &str, domain: &str) -> bool {
    let address = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = address.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// “Acme Robotics, Inc.” → “Acme Robotics”.
fn without_legal_form(name: &str) -> &str {
    let mut name = name;
    while let Some((rest, last)) = name.rsplit_once([' ', ',']) {
        let bare = last.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        if !bare.is_empty() && !LEGAL.contains(&bare.as_str()) {
            break;
        }
        let rest = rest.trim_end_matches([' ', ',']);
        if rest.is_empty() {
            break;
        }
        name = rest;
    }
    name
}

fn near(veto: &Range<usize>, name: &Range<usize>) -> bool {
    veto.start <= name.end.saturating_add(NEAR) && name.start <= veto.end.saturating_add(NEAR)
}

fn starts_sentence(before: &str) -> bool {
    before
        .trim_end_matches([' ', '"', '“', '(', '‘', '\''])
        .chars()
        .next_back()
        .is_none_or(|c| matches!(c, '.' | '!' | '?' | ':' | '\n' | '\r' | '•' | '…'))
}

/// Whether capitals mean nothing here: a headline, or shouting.
fn in_title_case(before: &str, after: &str) -> bool {
    let around = before.split_whitespace().rev().take(6).chain(after.split_whitespace().take(6));
    let (mut long, mut capitals) = (0, 0);
    for word in around.filter(|word| word.chars().count() > 3) {
        long += 1;
        capitals +=
            usize::from(word.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase));
    }
    long >= 3 && capitals * 4 >= long * 3
}

fn company_word(before: &str, after: &str) -> Option<String> {
    before
        .split_whitespace()
        .rev()
        .take(3)
        .chain(after.split_whitespace().take(3))
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric()).trim_end_matches("'s").to_lowercase()
        })
        .find(|word| CONTEXT.contains(&word.as_str()))
}
