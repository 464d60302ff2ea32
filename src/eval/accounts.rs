//! Accounts: how many of the companies that texts name are found, and how many of those found are
//! right; with and without the caution that names which are English words are met with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::EvalError;
use super::counts::{Counts, Half};
use crate::account::Account;
use crate::classify::accounts::{Accounts, Caution, without_legal_form};
use crate::classify::{Encoder, EncoderError};
use crate::config::accounts;
use crate::verdict::{Band, Embedding};

/// Sentences others labelled, and what they call a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// Posts from YouTube, Twitter, Stack Exchange and Reddit: what is a `corporation`.
    Wnut17,
    /// Encyclopaedia articles of five fields, and news: what is an `organisation`.
    CrossNer,
}

/// A text of our own where we were wrong: the text, what it names, what was found.
pub type Miss = (String, BTreeSet<String>, BTreeSet<String>);

/// Measures on half of a folder of our own texts (`accounts.csv`, and lines `name; name \t text`, `-`
/// for none); without an encoder, what
/// accounts do is not compared with what is said.
///
/// # Errors
/// [`EvalError`] where the folder cannot be read or the model fails.
pub fn own(
    folder: &Path,
    encoder: Option<&dyn Encoder>,
    caution: Caution,
    half: Half,
) -> Result<(Counts, Vec<Miss>), EvalError> {
    let table = accounts::read(read(&folder.join("accounts.csv"))?.as_bytes());
    let list: Vec<Account> = table.accounts.into_iter().map(|(_, account)| account).collect();
    let accounts = Accounts::with(list, caution).map_err(EncoderError::Failed)?;
    let posts = read(&folder.join(half.file()))?;
    let (mut counts, mut misses) = (Counts::default(), Vec::new());
    for line in posts.lines() {
        let Some((named, text)) = line.split_once('\t') else { continue };
        let named: BTreeSet<String> =
            named.split("; ").filter(|name| *name != "-").map(str::to_owned).collect();
        let found = found(&accounts, text, encoder)?;
        count(&mut counts, &named, &found);
        if named != found {
            misses.push((text.to_owned(), named, found));
        }
    }
    Ok((counts, misses))
}

/// Measures on sentences of others: every company they name is an account, known by its name alone.
///
/// # Errors
/// [`EvalError`] where the data cannot be read.
pub fn companies(data: &Path, set: Set, caution: Caution) -> Result<Counts, EvalError> {
    let sentences = sentences(data, set)?;
    let mut companies: BTreeMap<String, String> = BTreeMap::new();
    for name in sentences.iter().flat_map(|(_, named)| named) {
        companies.entry(name.to_lowercase()).or_insert_with(|| name.clone());
    }
    let list = companies.values().map(|name| Account {
        name: name.clone(),
        aliases: Vec::new(),
        domain: None,
        about: None,
        not: Vec::new(),
        owner: None,
        competitors: Vec::new(),
    });
    let accounts = Accounts::with(list.collect(), caution).map_err(EncoderError::Failed)?;
    let mut counts = Counts::default();
    for (text, named) in &sentences {
        let named = named.iter().map(|name| name.to_lowercase()).collect();
        let found = found(&accounts, text, None)?;
        count(&mut counts, &named, &found.into_iter().map(|name| name.to_lowercase()).collect());
    }
    Ok(counts)
}

/// How many of the legal forms that cleanco lists are cut off a name: all of them in Latin letters,
/// and those cut.
///
/// # Errors
/// [`EvalError`] where the data cannot be read.
pub fn legal_forms(data: &Path) -> Result<(usize, usize), EvalError> {
    let content = read(&data.join("ner/cleanco/cleanco/termdata.py"))?;
    // Lines that are a string in a list; the keys of the lists end with a colon.
    let forms: BTreeSet<&str> = content
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","))
        .map(str::trim)
        .filter(|form| form.chars().all(|c| !c.is_alphabetic() || c < '\u{250}'))
        .collect();
    let is_cut = |form: &&&str| {
        // As registers write them: “Acme S.A.”, “Acme Limited”.
        let upper = format!("Acme {}", form.to_uppercase());
        without_legal_form(&upper) == "Acme"
    };
    Ok((forms.len(), forms.iter().filter(is_cut).count()))
}

/// An account counts once a text.
fn count(counts: &mut Counts, named: &BTreeSet<String>, found: &BTreeSet<String>) {
    counts.add(Counts {
        texts: 1,
        there: named.len(),
        found: found.len(),
        right: named.intersection(found).count(),
    });
}

fn found(
    accounts: &Accounts,
    text: &str,
    encoder: Option<&dyn Encoder>,
) -> Result<BTreeSet<String>, EvalError> {
    let candidates = vec![accounts.look(text, &[])];
    let questions = accounts.questions(&[text], &candidates, &[0]);
    let verdicts = match encoder {
        Some(encoder) if !candidates[0].is_empty() => {
            let texts: Vec<&str> = std::iter::once(text).chain(questions.texts()).collect();
            let mut embeddings = encoder.encode(&texts)?;
            let answers = embeddings.split_off(1);
            let whole = embeddings.pop().unwrap_or(Embedding::default());
            let fits = accounts.learn(&questions, &candidates, answers);
            accounts.settle(&candidates[0], |account| fits.of(0, account, &whole), |_| None)
        }
        _ => accounts.settle(&candidates[0], |_| None, |_| None),
    };
    let named = verdicts.into_iter().filter(|verdict| verdict.score >= Band::THRESHOLD);
    Ok(named.map(|verdict| verdict.name).collect())
}

/// The sentences of a set, each with the companies it names.
fn sentences(data: &Path, set: Set) -> Result<Vec<(String, Vec<String>)>, EvalError> {
    let (files, company): (Vec<_>, &str) = match set {
        Set::Wnut17 => (vec![data.join("ner/wnut17/emerging.dev.conll")], "corporation"),
        Set::CrossNer => {
            let fields = ["ai", "conll2003", "literature", "music", "politics", "science"];
            let file = |field: &str| data.join("ner/crossner/ner_data").join(field).join("dev.txt");
            (fields.map(file).to_vec(), "organisation")
        }
    };
    let mut sentences = Vec::new();
    for file in files {
        let content = read(&file)?;
        for block in content.replace('\r', "").split("\n\n") {
            let tokens: Vec<(&str, &str)> =
                block.lines().filter_map(|line| line.trim_end().rsplit_once(['\t', ' '])).collect();
            if !tokens.is_empty() {
                sentences.push(sentence(&tokens, company));
            }
        }
    }
    Ok(sentences)
}

/// Tokens as people write them, and the companies among them.
fn sentence(tokens: &[(&str, &str)], company: &str) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut named: Vec<String> = Vec::new();
    let mut open = false;
    let mut glued = true;
    for (token, label) in tokens {
        let token = token.trim();
        let is_closing = token.starts_with(['.', ',', ';', ':', '!', '?', ')', ']', '%'])
            || token.starts_with(['\'', '\u{2019}', '´']) && token.chars().count() > 1;
        if !glued && !is_closing {
            text.push(' ');
        }
        let begin = text.len();
        text.push_str(token);
        glued = token.ends_with(['(', '[', '#', '@', '$']);
        let (begins, within) = (label.starts_with("B-"), label.starts_with("I-"));
        let is_company = label.get(2..) == Some(company);
        match named.last_mut() {
            Some(last) if open && within && is_company => {
                if !is_closing {
                    last.push(' ');
                }
                last.push_str(&text[begin..]);
            }
            _ if begins && is_company => named.push(token.to_owned()),
            _ => {}
        }
        open = is_company && (begins || within);
    }
    (text, named)
}

fn read(file: &Path) -> Result<String, EvalError> {
    fs::read_to_string(file).map_err(|error| EvalError::Data {
        path: file.display().to_string(),
        why: error.to_string(),
    })
}
