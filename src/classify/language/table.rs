//! What is known of languages that share a script: how often stretches of three letters stand in their
//! words, and which words are English (`models/languages.txt`).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Made by `models/training/language.py`: a code, a level and its stretches a line; a stretch of level n
/// has a probability of e^(-n/2).
const FILE: &str = include_str!("../../../models/languages.txt");

/// The level of a stretch that a language's profile does not have: about one in a million.
const RARE: u8 = 26;

/// English words that an encyclopaedia does not have among its most frequent.
const SPOKEN: &str = "a i lol lmao omg wtf tbh smh idk btw imo imho thx pls plz rn gonna wanna gotta cant dont wont didnt isnt \
    doesnt im ive ur yall ya yeah yep nope hey wow ugh haha hahaha u r sooo soo sucks hate awful awesome worst thanks sorry \
    it's don't can't won't i'm i've i'll we're we've you're they're that's what's let's there's doesn't didn't isn't aren't \
    couldn't wouldn't shouldn't hasn't haven't he's she's who's anyone anybody broken crap refund login app";

/// The table, as it is searched.
pub(super) struct Table {
    codes: Vec<&'static str>,
    /// By stretch, a level for each code.
    levels: HashMap<[char; 3], Box<[u8]>>,
    english: HashSet<&'static str>,
}

/// Read once, at the first text.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(FILE));

impl Table {
    fn read(file: &'static str) -> Self {
        let lines: Vec<(&str, &str, &str)> = file
            .lines()
            .filter_map(|line| {
                let (code, rest) = line.split_once('\t')?;
                let (level, grams) = rest.split_once('\t')?;
                Some((code, level, grams))
            })
            .collect();
        let mut english: HashSet<&str> = SPOKEN.split_whitespace().collect();
        let mut codes: Vec<&str> = Vec::new();
        for (code, _, grams) in &lines {
            if *code == "words" {
                english.extend(grams.split(' '));
            } else if !codes.contains(code) {
                codes.push(code);
            }
        }
        let mut levels: HashMap<[char; 3], Box<[u8]>> = HashMap::new();
        for (code, level, grams) in lines {
            let place = codes.iter().position(|known| *known == code);
            let (Some(place), Ok(level)) = (place, level.parse()) else { continue };
            let letters: Vec<char> = grams.chars().collect();
            for gram in letters.as_chunks::<3>().0 {
                let of_gram = levels.entry(*gram).or_insert_with(|| vec![RARE; codes.len()].into());
                of_gram[place] = level;
            }
        }
        Self { codes, levels, english }
    }

    /// Whether a word, in small letters, is an English one.
    pub(super) fn is_english(&self, word: &str) -> bool {
        self.english.contains(word)
            || word.strip_suffix("'s").is_some_and(|stem| self.english.contains(stem))
    }

    /// The place of each of these languages in the table.
    pub(super) fn places(&self, codes: &[&str]) -> Vec<usize> {
        codes.iter().filter_map(|code| self.codes.iter().position(|known| known == code)).collect()
    }

    /// Adds to each language's sum the logarithm of how likely it makes a word, in small letters.
    pub(super) fn add(&self, word: &str, places: &[usize], weight: f32, sums: &mut [f32]) {
        let inside = word.chars().map(|c| if c.is_alphabetic() { c } else { ' ' });
        let letters: Vec<char> = std::iter::once(' ').chain(inside).chain([' ']).collect();
        for stretch in letters.windows(3) {
            let stretch = [stretch[0], stretch[1], stretch[2]];
            let levels = self.levels.get(&stretch);
            for (sum, place) in sums.iter_mut().zip(places) {
                let level = levels.map_or(RARE, |levels| levels[*place]);
                *sum -= f32::from(level) / 2.0 * weight;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::LATIN;
    use super::*;

    #[test]
    fn the_table_has_every_language_that_is_told_by_it() {
        assert_eq!(TABLE.places(LATIN).len(), LATIN.len());
        for script in ["ru", "uk", "bg", "mk", "ar", "fa", "ur", "hi", "mr", "ne"] {
            assert_eq!(TABLE.places(&[script]).len(), 1, "{script}");
        }
        assert!(TABLE.is_english("the") && TABLE.is_english("city's") && !TABLE.is_english("und"));
    }
}
