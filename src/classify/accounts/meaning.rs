//! What accounts do, as embeddings: made when a text first may name one, and kept.
//!
//! A list of 50,000 accounts costs nothing at the start, and a market that talks about 300 of them
//! costs 300 embeddings, each made once.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Mutex;

use super::{Accounts, Candidate};
use crate::verdict::Embedding;

/// Embeddings kept: 6 MB. A market talks about fewer accounts than that.
const KEPT: usize = 4_096;

/// Bytes of a text up to which its own embedding speaks for the place of a name; of a longer one the
/// words around the name are embedded besides.
const SHORT: usize = 700;

/// Bytes on each side of a name that are embedded of a longer text.
const AROUND: usize = 250;

/// Names of one text whose surroundings are embedded: each costs as much as a short post.
const MOST_PLACES: usize = 3;

/// Embeddings of what accounts do, by their place.
#[derive(Debug, Default)]
pub(super) struct Meanings {
    known: Mutex<HashMap<u32, Embedding>>,
}

/// What has to be embedded beside the texts to tell accounts from their namesakes.
#[derive(Debug, Default)]
pub struct Questions {
    accounts: Vec<u32>,
    /// Which text's which account, in the order of the stretches.
    places: Vec<(usize, u32)>,
    texts: Vec<String>,
}

/// How well texts fit what accounts do.
#[derive(Debug, Default)]
pub struct Fits {
    abouts: HashMap<u32, Embedding>,
    places: HashMap<(usize, u32), Embedding>,
}

impl Questions {
    /// What to embed, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }
}

impl Fits {
    /// The cosine of what a text says where it names the account, and what the account does; none
    /// where either says nothing.
    #[must_use]
    pub fn of(&self, text: usize, account: u32, whole: &Embedding) -> Option<f32> {
        let about = self.abouts.get(&account).filter(|about| !about.0.is_empty())?;
        let near = self.places.get(&(text, account)).unwrap_or(whole);
        (!near.0.is_empty()).then(|| about.cosine(near))
    }
}

impl Accounts {
    /// What to embed to know how well the texts fit the accounts they may name. `judged` says which
    /// of the texts have an embedding of their own.
    #[must_use]
    pub fn questions(
        &self,
        texts: &[&str],
        candidates: &[Vec<Candidate>],
        judged: &[usize],
    ) -> Questions {
        let mut questions = Questions::default();
        let known = self.meanings.kept();
        let mut asked: HashSet<u32> = HashSet::new();
        for &text in judged {
            let (Some(words), Some(named)) = (texts.get(text), candidates.get(text)) else {
                continue;
            };
            let mut stretches = 0;
            for candidate in named.iter().filter(|candidate| !candidate.is_linked()) {
                let place = candidate.account;
                let Some(about) = self.about(place) else { continue };
                if !known.contains(&place) && asked.insert(place) {
                    questions.accounts.push(place);
                    questions.texts.push(about.to_owned());
                }
                if words.len() > SHORT && stretches < MOST_PLACES {
                    stretches += 1;
                    questions.places.push((text, place));
                }
            }
        }
        for &(text, place) in &questions.places {
            let named = candidates[text].iter().find(|candidate| candidate.account == place);
            let range = named.map(|candidate| candidate.place.clone()).unwrap_or_default();
            questions.texts.push(around(texts[text], range).to_owned());
        }
        questions
    }

    /// Takes the embeddings of [`Questions::texts`].
    #[must_use]
    pub fn learn(
        &self,
        questions: &Questions,
        candidates: &[Vec<Candidate>],
        embeddings: Vec<Embedding>,
    ) -> Fits {
        let mut embeddings = embeddings.into_iter();
        let fresh: Vec<(u32, Embedding)> =
            questions.accounts.iter().copied().zip(embeddings.by_ref()).collect();
        let places = questions.places.iter().copied().zip(embeddings).collect();
        let named = candidates.iter().flatten().map(|candidate| candidate.account);
        Fits { abouts: self.meanings.with(fresh, named), places }
    }
}

impl Meanings {
    fn kept(&self) -> HashSet<u32> {
        self.known.lock().map(|known| known.keys().copied().collect()).unwrap_or_default()
    }

    /// Keeps what is new, and gives what is known of `named`.
    fn with(
        &self,
        fresh: Vec<(u32, Embedding)>,
        named: impl Iterator<Item = u32>,
    ) -> HashMap<u32, Embedding> {
        let mut abouts: HashMap<u32, Embedding> = fresh.iter().cloned().collect();
        // A lock that a panic poisoned costs embeddings that are made again.
        let Ok(mut known) = self.known.lock() else { return abouts };
        for place in named {
            if let Some(about) = known.get(&place) {
                abouts.entry(place).or_insert_with(|| about.clone());
            }
        }
        if known.len() + fresh.len() > KEPT {
            known.clear();
        }
        known.extend(fresh.into_iter().take(KEPT));
        abouts
    }
}

/// The words around a place, cut at white space.
fn around(text: &str, place: Range<usize>) -> &str {
    let mut from = place.start.min(text.len()).saturating_sub(AROUND);
    let mut until = place.end.saturating_add(AROUND).min(text.len());
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    while !text.is_char_boundary(until) {
        until += 1;
    }
    let stretch = &text[from..until];
    let first = if from == 0 { 0 } else { stretch.find(char::is_whitespace).unwrap_or(0) };
    let last = if until == text.len() { None } else { stretch.rfind(char::is_whitespace) };
    let last = last.filter(|last| *last > first).unwrap_or(stretch.len());
    stretch[first..last].trim()
}
