//! Sentences of our own: what sellers' posts say and the public sets do not, with invented names.

use super::copies::is_one_in;
use super::{Class, Labelled, Set, Target};

const SENTENCES: &str = include_str!("../../../models/training/own.tsv");

/// One sentence in so many is held out.
const HELD_OUT: u32 = 6;

/// What a sentence that names nobody stands behind in its copies: who tells of their work often says first
/// where they are.
const BEFORE: [&str; COPIES] = [
    "",
    "For those who asked: ",
    "Notes from our plant. ",
    "Seen at a customer's this week: ",
    "A year on. ",
    "We run nineteen branches. ",
    "Update from the warehouse: ",
    "From our side of the counter: ",
    "Second month with the new people. ",
    "In case it helps somebody: ",
];

/// How often each sentence stands in training, each time with other names, or behind other words: few as
/// they are, they would not be heard among the tweets.
const COPIES: usize = 10;

/// Names nobody has, as far as we know, or that everybody uses for nobody.
const NAMES: [&str; 30] = [
    "Acme",
    "Globex",
    "Initech",
    "Vantor",
    "Northwind",
    "Ledgerly",
    "Brightcloud",
    "Fabrika",
    "Quillon",
    "Contoso",
    "Parcelo",
    "Zentrix",
    "Octavo",
    "Mooncart",
    "Stackly",
    "Corvid Systems",
    "BlueHarbor",
    "Tallybook",
    "Nimbus One",
    "Kestrel",
    "Sundial Energy",
    "Arbor Health",
    "Fennel",
    "Granite Bank",
    "Relay",
    "Papertree",
    "Wexmore",
    "Quarry Labs",
    "Oru",
    "Hollis & Sons",
];

/// Every sentence with its copies.
pub(super) fn all() -> Vec<Labelled> {
    SENTENCES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .enumerate()
        .flat_map(|(number, line)| (0..COPIES).filter_map(move |copy| labelled(number, copy, line)))
        .collect()
}

fn labelled(number: usize, copy: usize, line: &str) -> Option<Labelled> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [author, first, second, sentence] = fields[..] else { return None };
    // Steps that share no factor with the count of names: all pairs come up.
    let name = (number * 7 + copy * 11) % NAMES.len();
    let other = (name + 1 + (number + copy * 13) % (NAMES.len() - 1)) % NAMES.len();
    let names = [("{A}", NAMES[name], first), ("{B}", NAMES[other], second)];

    let names_somebody = sentence.contains('{');
    let mut text =
        if names_somebody { sentence.to_owned() } else { BEFORE[copy].to_owned() + sentence };
    let mut targets = Vec::new();
    while let Some((at, (mark, name, sign))) =
        names.iter().filter_map(|of| Some((text.find(of.0)?, of))).min_by_key(|(at, _)| *at)
    {
        text.replace_range(at..at + mark.len(), name);
        if let Some(class) = class(sign) {
            targets.push(Target { place: Some(at..at + name.len()), class });
        }
    }
    Some(Labelled {
        set: Set::Own,
        held_out: is_one_in(HELD_OUT, sentence),
        text,
        author: class(author),
        mixed: author == "~",
        targets,
        emotion: None,
    })
}

fn class(sign: &str) -> Option<Class> {
    ["-", "0", "+"].iter().position(|known| *known == sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_has_its_names_and_what_is_felt_towards_them() {
        let all = all();
        let lines = SENTENCES.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(all.len(), lines * COPIES);
        for text in &all {
            assert!(!text.text.contains('{'), "{text:?}");
            assert!(text.author.is_some() != text.mixed, "{text:?}");
            for target in &text.targets {
                assert!(NAMES.contains(&&text.text[target.place.clone().unwrap()]), "{text:?}");
            }
        }
        let copies = &all[..COPIES];
        assert!(copies.windows(2).all(|pair| pair[0].text != pair[1].text), "{copies:?}");
        assert!(copies.iter().all(|copy| copy.targets.len() == 2), "{copies:?}");
        let (named, bare): (Vec<_>, Vec<_>) = all.iter().partition(|text| !text.targets.is_empty());
        assert!(!named.is_empty() && !bare.is_empty());
        let apart: std::collections::BTreeSet<&str> =
            bare.iter().map(|text| text.text.as_str()).collect();
        assert_eq!(apart.len(), bare.len(), "they would be dropped as the same text twice");
    }
}
