//! Which accounts a text names, and why we think that it is they and not a namesake.
//!
//! All names are looked for at once, and only accounts that are named are looked at: 50,000 accounts
//! cost a text little more than 50 do (`make bench-accounts`).

mod company_words;
mod links;
mod meaning;
mod mention;
mod names;

use std::collections::HashMap;
use std::ops::Range;

use self::company_words::FUNCTION;
use self::links::Addresses;
use self::meaning::Meanings;
pub use self::meaning::{Fits, Questions};
pub use self::mention::Caution;
use self::mention::{Place, Weighed, weigh};
use self::names::{Form, Kind};
pub use self::names::{is_legal_form, without_legal_form};
use super::words::{Folded, Words};
use crate::account::Account;
use crate::verdict::{AccountVerdict, Sentiment};

/// Bytes on each side of a name in which a word of `not` says that it is somebody else.
const NEAR: usize = 200;

/// Cosines of what is said around a name and what the account does: from the first it fits, below the
/// second it is about something else.
const FITS: f32 = 0.30;
const STRANGE: f32 = 0.10;

/// Bytes between two names of a list: “Globex, Acme and Initech”.
const LISTED: usize = 6;

/// What being in a list with a name that is sure adds, and from which score on one is.
const IN_A_LIST: f32 = 0.2;
const SURE: f32 = 0.5;

/// Places of one account weighed in one text: a text that says a name ten thousand times says no more.
const MOST_PLACES: u32 = 24;

/// Accounts one text may name: more is a directory, and the first are as good as any.
const MOST_ACCOUNTS: usize = 200;

/// What is wrong with a list of accounts, each in a sentence with its remedy.
#[must_use]
pub fn problems(accounts: &[Account]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (place, account) in accounts.iter().enumerate() {
        let name = account.name.trim();
        let told = account.domain.is_some() || account.about.is_some();
        let lower = name.to_lowercase();
        let letters = name.chars().filter(|c| c.is_alphanumeric()).count();
        let remedy = "give it a domain or say what it does in `about`";
        if letters == 0 {
            problems.push(format!("account {}: it has no name; give it one", place + 1));
        } else if FUNCTION.contains(&lower.as_str()) && !told {
            problems.push(format!("account “{name}”: every text holds this word; {remedy}"));
        } else if letters == 1 && !told {
            problems.push(format!("account “{name}”: one letter stands for many things; {remedy}"));
        }
        if seen.insert(lower, place).is_some() {
            problems.push(format!("account “{name}”: there are two of this name; rename one"));
        }
    }
    problems
}

/// The accounts, ready to be found.
#[derive(Debug)]
pub struct Accounts {
    known: Vec<Account>,
    forms: Vec<Form>,
    names: Words,
    addresses: Addresses,
    not: Words,
    /// For each word of `not`, whose it is.
    not_of: Vec<u32>,
    /// Whose competitor a company is, by its name in lower case.
    rivals: HashMap<String, Vec<u32>>,
    meanings: Meanings,
    caution: Caution,
}

/// An account a text may name, before what the account does was compared with what the text says.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its place in the list.
    pub account: u32,
    /// Where its best mention stands in the text, in bytes.
    pub place: Range<usize>,
    /// Where the text names it, in bytes: every mention that may be meant.
    pub places: Vec<Range<usize>>,
    mention: String,
    weighed: Weighed,
    /// The link that leads to it.
    link: Option<String>,
}

impl Candidate {
    fn is_linked(&self) -> bool {
        self.link.is_some()
    }
}

impl Accounts {
    /// The accounts of a list.
    ///
    /// # Errors
    /// Where there are too many names to be searched at once.
    pub fn new(accounts: Vec<Account>) -> Result<Self, String> {
        Self::with(accounts, Caution::Usual)
    }

    /// The same with another measure of caution.
    ///
    /// # Errors
    /// See [`Accounts::new`].
    pub fn with(accounts: Vec<Account>, caution: Caution) -> Result<Self, String> {
        let (mut forms, mut written) = (Vec::new(), Vec::new());
        for (place, account) in accounts.iter().enumerate() {
            for form in names::written(account) {
                forms.push(Form::of(place as u32, &form));
                written.push(form);
            }
        }
        // A name two accounts go by is neither's without support.
        let mut first: HashMap<String, usize> = HashMap::new();
        for place in 0..forms.len() {
            let key = written[place].to_lowercase();
            let other = *first.entry(key).or_insert(place);
            if forms[other].account != forms[place].account {
                for shared in [other, place] {
                    if forms[shared].kind != Kind::Function {
                        forms[shared].kind = Kind::Common;
                    }
                }
            }
        }
        drop(first);
        let too_many = |error: aho_corasick::BuildError| error.to_string();
        let names = Words::names(written.iter().map(String::as_str)).map_err(too_many)?;
        let of = |(place, account): (usize, &Account)| vec![place as u32; account.not.len()];
        let not_of = accounts.iter().enumerate().flat_map(of).collect();
        let not = accounts.iter().flat_map(|account| account.not.iter().map(String::as_str));
        let not = Words::inflected(not).map_err(too_many)?;
        let addresses = Addresses::of(&accounts);
        let mut rivals: HashMap<String, Vec<u32>> = HashMap::new();
        for (place, account) in accounts.iter().enumerate() {
            for competitor in &account.competitors {
                let name = names::without_legal_form(competitor.trim()).to_lowercase();
                rivals.entry(name).or_default().push(place as u32);
            }
        }
        let meanings = Meanings::default();
        Ok(Self {
            known: accounts,
            forms,
            names,
            addresses,
            not,
            not_of,
            rivals,
            meanings,
            caution,
        })
    }

    /// The accounts that a company competes with, in the order of their list.
    pub fn competing_with(&self, company: &str) -> impl Iterator<Item = &str> {
        let name = company.trim_start_matches('@');
        let name = names::without_legal_form(name).to_lowercase();
        let places = self.rivals.get(&name).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| Some(self.known.get(*place as usize)?.name.as_str()))
    }

    /// The accounts a text may name, in the order of their list, each with its best mention.
    #[must_use]
    pub fn look(&self, text: &str, links: &[&str]) -> Vec<Candidate> {
        let folded = &Folded::new(text);
        let mut found: HashMap<u32, Candidate> = HashMap::new();
        for (account, link) in self.addresses.find(text, links) {
            found.entry(account).or_insert_with(|| Candidate::at_link(account, link));
        }
        let mentions = self.mentions(folded);
        let vetoes = self.vetoes(folded, &mentions);
        let mut counted: HashMap<u32, u32> = HashMap::new();
        let mut weighed: Vec<(u32, Range<usize>, Weighed)> = Vec::new();
        for (form, range) in mentions {
            let form = self.forms[form];
            let times = counted.entry(form.account).or_default();
            *times += 1;
            let is_linked = found.contains_key(&form.account);
            let is_vetoed = !is_linked
                && vetoes
                    .get(&form.account)
                    .is_some_and(|vetoes| vetoes.iter().any(|veto| near(veto, &range)));
            if *times > MOST_PLACES || is_vetoed || counted.len() > MOST_ACCOUNTS {
                continue;
            }
            let place = folded.original_range(range.clone());
            let around = Place::of(text, place.clone(), folded.verbatim(range));
            weighed.push((form.account, place, weigh(form, around, self.caution)));
        }
        support_in_lists(text, &mut weighed);
        for (account, place, weighed) in weighed {
            let mention = text.get(place.clone()).unwrap_or_default().trim();
            let mention = mention.to_owned();
            add(&mut found, Candidate::named(account, place, mention, weighed));
        }
        for (account, place) in self.addresses.handles(text) {
            let reasons = vec!["calls it by its handle".to_owned()];
            let weighed = Weighed { score: 0.82, common: false, doubtful: false, reasons };
            let mention = text.get(place.clone()).unwrap_or_default().to_owned();
            add(&mut found, Candidate::named(account, place, mention, weighed));
        }
        let mut found: Vec<Candidate> =
            found.into_values().filter(|c| c.is_linked() || c.weighed.score > 0.0).collect();
        found.sort_by_key(|candidate| candidate.account);
        found
    }

    /// The verdicts on candidates, surest first; those below [`Band::THRESHOLD`] are among them. `fit` is
    /// the cosine of what is said and what the account does, where both say something; `feeling` is
    /// what the author feels towards a candidate, by its place among them.
    #[must_use]
    pub fn settle(
        &self,
        candidates: &[Candidate],
        fit: impl Fn(u32) -> Option<f32>,
        feeling: impl Fn(usize) -> Option<Sentiment>,
    ) -> Vec<AccountVerdict> {
        let mut verdicts: Vec<AccountVerdict> = candidates
            .iter()
            .enumerate()
            .filter_map(|(place, candidate)| {
                let account = self.known.get(candidate.account as usize)?;
                let verdict = verdict(account, candidate, fit(candidate.account))?;
                Some(AccountVerdict { sentiment: feeling(place), ..verdict })
            })
            .collect();
        verdicts.sort_by(|a, b| b.score.total_cmp(&a.score));
        verdicts
    }

    /// What an account says it does.
    fn about(&self, account: u32) -> Option<&str> {
        self.known.get(account as usize)?.about.as_deref()
    }

    /// Where names stand; a name inside a longer account's name is not that shorter one.
    fn mentions(&self, folded: &Folded<'_>) -> Vec<(usize, Range<usize>)> {
        let mut found: Vec<(usize, Range<usize>)> =
            self.names.find(folded).map(|found| (found.word, found.range)).collect();
        // Longer first where they start together, so that one pass sees the cover before the covered.
        found.sort_by_key(|(_, range)| (range.start, std::cmp::Reverse(range.end)));
        let (mut reach, mut from) = (0, 0);
        found.retain(|(_, range)| {
            // Two accounts may have one name: those stand in one place.
            let covered = range.end < reach || range.end == reach && range.start > from;
            if range.end > reach {
                (reach, from) = (range.end, range.start);
            }
            !covered
        });
        found
    }

    /// The words of `not` of accounts that are named, by account.
    fn vetoes(
        &self,
        folded: &Folded<'_>,
        mentions: &[(usize, Range<usize>)],
    ) -> HashMap<u32, Vec<Range<usize>>> {
        let mut vetoes: HashMap<u32, Vec<Range<usize>>> = HashMap::new();
        if self.not_of.is_empty() || mentions.is_empty() {
            return vetoes;
        }
        for (form, _) in mentions {
            vetoes.entry(self.forms[*form].account).or_default();
        }
        for found in self.not.find(folded) {
            let of = self.not_of.get(found.word).and_then(|of| vetoes.get_mut(of));
            if let Some(of) = of.filter(|of| of.len() < MOST_PLACES as usize) {
                of.push(found.range);
            }
        }
        vetoes
    }
}

impl Candidate {
    fn at_link(account: u32, link: &str) -> Self {
        let weighed = Weighed { score: 0.0, common: false, doubtful: false, reasons: Vec::new() };
        let link = link.to_owned();
        let places = Vec::new();
        Self { account, place: 0..0, places, mention: link.clone(), weighed, link: Some(link) }
    }

    fn named(account: u32, place: Range<usize>, mention: String, weighed: Weighed) -> Self {
        let is_meant = weighed.score > 0.0;
        let places = is_meant.then(|| place.clone()).into_iter().collect();
        Self { account, place, places, mention, weighed, link: None }
    }

    /// Takes another mention in, and shows it where it is better.
    fn with(&mut self, mut other: Self) {
        let mut places = std::mem::take(&mut self.places);
        places.append(&mut other.places);
        if other.weighed.score > self.weighed.score {
            let link = self.link.take();
            *self = Self { link, ..other };
        }
        self.places = places;
    }
}

/// Adds a mention to what is known of its account.
fn add(found: &mut HashMap<u32, Candidate>, mention: Candidate) {
    match found.get_mut(&mention.account) {
        Some(known) => known.with(mention),
        None => _ = found.insert(mention.account, mention),
    }
}

/// A name that needs support has it beside one that is sure: “Globex, Slate and Initech”.
fn support_in_lists(text: &str, weighed: &mut [(u32, Range<usize>, Weighed)]) {
    let beside = |a: &(u32, Range<usize>, Weighed), b: &(u32, Range<usize>, Weighed)| {
        let between = text.get(a.1.end..b.1.start).unwrap_or("far away");
        let joint = between.trim().trim_start_matches(',').trim().to_lowercase();
        a.0 != b.0
            && between.len() <= LISTED
            && matches!(joint.as_str(), "" | "and" | "or" | "vs" | "&" | "/" | "vs.")
            && between.contains([',', '&', '/', 'a', 'o', 'v'])
    };
    let mut sure: Vec<bool> = weighed.iter().map(|(_, _, w)| w.score >= SURE).collect();
    // There and back: one that is sure makes its neighbours sure on both sides.
    for place in (0..weighed.len()).chain((0..weighed.len()).rev()) {
        let (_, _, own) = &weighed[place];
        if !own.common || sure[place] || own.score < 0.3 {
            continue;
        }
        let before = place > 0 && sure[place - 1] && beside(&weighed[place - 1], &weighed[place]);
        let after =
            sure.get(place + 1) == Some(&true) && beside(&weighed[place], &weighed[place + 1]);
        if before || after {
            let (_, _, own) = &mut weighed[place];
            own.score += IN_A_LIST;
            own.reasons.push("beside another account".to_owned());
            own.doubtful = false;
            sure[place] = own.score >= SURE;
        }
    }
}

fn verdict(account: &Account, candidate: &Candidate, fit: Option<f32>) -> Option<AccountVerdict> {
    let Candidate { mention, weighed, link, .. } = candidate;
    let Weighed { mut score, common, doubtful, reasons: said } = weighed.clone();
    let mut reasons = Vec::new();
    if score > 0.0 || link.is_none() {
        reasons.push(format!("names “{mention}”"));
        reasons.extend(said);
    }
    if let Some(fit) = fit {
        if fit >= FITS {
            score += if common && score < 0.1 { 0.0 } else { 0.2 };
            reasons.push(format!("fits what it does ({fit:.2})"));
        } else if fit < STRANGE && doubtful {
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
        mention: mention.clone(),
        score: score.min(0.98),
        why: reasons.join("; "),
        sentiment: None,
    })
}

fn near(veto: &Range<usize>, name: &Range<usize>) -> bool {
    veto.start <= name.end.saturating_add(NEAR) && name.start <= veto.end.saturating_add(NEAR)
}
