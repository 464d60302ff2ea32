//! Why most of what a visit skipped was skipped. Pure.

use std::collections::HashMap;

use crate::adapters::Skipped;

/// Bytes of a reason that are shown: it may name what a stranger wrote.
const LONGEST_REASON: usize = 300;

/// Why most of them were skipped, in the words of the first of those: reasons that differ only in the
/// addresses they name are one.
#[must_use]
pub fn commonest(skipped: &[Skipped]) -> Option<&str> {
    let mut times: HashMap<String, usize> = HashMap::new();
    for one in skipped {
        *times.entry(without_addresses(&one.why)).or_default() += 1;
    }
    let often = |one: &&Skipped| times.get(&without_addresses(&one.why)).copied();
    // Of equals the last is taken: the first of those that are as common.
    let why = &*skipped.iter().rev().max_by_key(often)?.why;
    Some(&why[..why.floor_char_boundary(LONGEST_REASON)])
}

fn without_addresses(why: &str) -> String {
    let words = why.split_whitespace().filter(|word| !word.contains('/'));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commonest_of(reasons: &[&str]) -> Option<String> {
        let skipped =
            reasons.iter().map(|why| Skipped { place: String::new(), why: (*why).into() });
        commonest(&skipped.collect::<Vec<_>>()).map(str::to_owned)
    }

    #[test]
    fn the_commonest_reason_is_told_and_the_first_of_equals() {
        assert_eq!(commonest_of(&[]), None);
        assert_eq!(commonest_of(&["a", "b", "b", "c"]).as_deref(), Some("b"));
        assert_eq!(commonest_of(&["a", "b"]).as_deref(), Some("a"));
    }

    #[test]
    fn reasons_that_name_other_addresses_are_one() {
        let reasons = ["no title", "https://a.example/1: gone", "https://a.example/2: gone"];
        assert_eq!(commonest_of(&reasons).as_deref(), Some("https://a.example/1: gone"));
    }

    #[test]
    fn a_reason_is_no_longer_than_a_sentence() {
        assert!(commonest_of(&["é".repeat(5_000).as_str()]).unwrap().len() <= LONGEST_REASON);
    }
}
