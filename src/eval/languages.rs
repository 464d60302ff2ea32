//! Languages: how many of our own sentences in some thirty are told, how many that are not English are
//! taken for it, and what a confidence is worth; and how many real tweets, all English, are missed.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::EvalError;
use crate::classify::language::{Languages, detect};
use crate::text::languages::UNTOLD;

/// Lines of English tweets, in the folder of material.
const TWEETS: &str = "sentiment/tweeteval/datasets/sentiment/val_text.txt";

/// Where confidences are cut to be held against how often they are right.
const STEPS: [f32; 4] = [0.6, 0.8, 0.95, 1.01];

/// What was measured on one half of the sentences.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Sentences in a language.
    pub sentences: usize,
    /// Of these, those whose language was told.
    pub told: usize,
    /// Of these, those of which it was said that it cannot be told.
    pub untold: usize,
    /// English ones, and those of them taken for English.
    pub english: (usize, usize),
    /// Texts in another language, or in none, and those of them taken for English.
    pub others: (usize, usize),
    /// From step to step of confidence: how many languages were named, and how many of them rightly.
    pub named: [(usize, usize); STEPS.len()],
}

/// Measures on one half of a file of lines `language \t kind \t text`: every second line was looked at
/// while the detector was tuned, the others were not.
///
/// # Errors
/// [`EvalError`] where the file cannot be read.
pub fn measure(file: &Path, held_out: bool) -> Result<Report, EvalError> {
    let content = read(file)?;
    let lines = content.lines().filter(|line| !line.starts_with('#'));
    let mut report = Report::default();
    for (place, line) in lines.enumerate() {
        let mut cells = line.splitn(3, '\t');
        let (Some(code), Some(_), Some(text)) = (cells.next(), cells.next(), cells.next()) else {
            continue;
        };
        if held_out == (place % 2 == 1) {
            report.add(code, text);
        }
    }
    Ok(report)
}

impl Report {
    fn add(&mut self, code: &str, text: &str) {
        let found = detect(text, None);
        let is_judged = Languages::default().judge(&found);
        let of = if code == "en" { &mut self.english } else { &mut self.others };
        of.0 += 1;
        of.1 += usize::from(is_judged);
        if code != UNTOLD {
            self.sentences += 1;
            self.told += usize::from(found.code == code);
            self.untold += usize::from(found.code == UNTOLD);
        }
        let step = STEPS.iter().position(|step| found.confidence < *step);
        if let (Some(step), true) = (step, found.code != UNTOLD) {
            self.named[step].0 += 1;
            self.named[step].1 += usize::from(found.code == code);
        }
    }
}

/// Measures both halves and the tweets, and says so.
///
/// # Errors
/// A file cannot be read, or `out` not written to.
pub fn run(own: &Path, data: &Path, out: &mut impl Write) -> io::Result<()> {
    for (which, held_out) in [("looked at", false), ("held out", true)] {
        let report = measure(own, held_out).map_err(io::Error::other)?;
        let Report { sentences, told, untold, english, others, named } = report;
        writeln!(
            out,
            "languages, {which}: {told} of {sentences} sentences told, {untold} said to be untellable; English: \
             {} of {} found, {} of {} others taken for it",
            english.1, english.0, others.1, others.0
        )?;
        let steps = STEPS.iter().zip(named).filter(|(_, (named, _))| *named > 0);
        for (step, (named, right)) in steps {
            writeln!(out, "  confidence below {:.2}: {right} of {named} right", step.min(1.0))?;
        }
    }
    let tweets = data.join(TWEETS);
    if !tweets.is_file() {
        return writeln!(out, "languages of tweets: not measured, {TWEETS} is missing");
    }
    let tweets = read(&tweets).map_err(io::Error::other)?;
    let english = Languages::default();
    let missed = tweets.lines().filter(|tweet| !english.judge(&detect(tweet, None))).count();
    writeln!(out, "languages: {missed} of {} English tweets not judged", tweets.lines().count())
}

fn read(file: &Path) -> Result<String, EvalError> {
    fs::read_to_string(file).map_err(|error| EvalError::Data {
        path: file.display().to_string(),
        why: error.to_string(),
    })
}
