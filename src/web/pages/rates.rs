//! How often one link, and all together, may be asked for: behind a web server in front of us every caller
//! has the same address, so it is the reader's tag that is counted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// What one token may ask for in a minute: a person taps a few times.
const OF_ONE: u32 = 60;

/// What all may ask for in a minute: 500 readers open a digest within a few of them.
const OF_ALL: u32 = 6_000;

/// Tokens that are counted at most in a minute; those beyond are in the count of all.
const COUNTED: usize = 4_096;

/// Counts by the minute.
#[derive(Debug, Default)]
pub(super) struct Rates(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    number: i64,
    all: u32,
    each: HashMap<String, u32>,
}

impl Rates {
    /// Whether one more is fine.
    pub(super) fn allow(&self, token: &str, now: Timestamp) -> bool {
        // Counts that a panic left half done are counts all the same.
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.as_second().div_euclid(60);
        if minute.number != number {
            *minute = Minute { number, ..Minute::default() };
        }
        minute.all += 1;
        if minute.all > OF_ALL {
            return false;
        }
        let is_room = minute.each.len() < COUNTED;
        if let Some(times) = minute.each.get_mut(token) {
            *times += 1;
            return *times <= OF_ONE;
        }
        if is_room {
            minute.each.insert(token.to_owned(), 1);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_is_held_back_within_a_minute_and_no_other_is() {
        let rates = Rates::default();
        let now = Timestamp::from_second(600).unwrap();
        assert!((0..OF_ONE).all(|_| rates.allow("a", now)));
        assert!(!rates.allow("a", now) && rates.allow("b", now));
        assert!(rates.allow("a", Timestamp::from_second(660).unwrap()));
    }

    #[test]
    fn all_together_are_held_back_whatever_they_call_themselves() {
        let rates = Rates::default();
        let now = Timestamp::from_second(600).unwrap();
        let let_in = (0..2 * OF_ALL).filter(|n| rates.allow(&n.to_string(), now)).count();
        assert_eq!(let_in, OF_ALL as usize);
    }
}
