//! Which points come first, and why: every weight, and what each of them gave a point.

use serde::{Deserialize, Serialize};

use super::{Direction, Strength};

/// For several owners, or for many of several kinds: what nobody else says is told last.
const EMERGING: f64 = 2.0;
/// See [`EMERGING`].
const PATTERN: f64 = 4.0;
/// For naming an account of the reader.
const ACCOUNT: f64 = 1.5;
/// For a topic the reader chose, where they chose any.
const TOPIC: f64 = 0.5;
/// For being surely about its topic.
const SURENESS: f64 = 1.0;
/// For being said this moment; it fades by [`FRESH_DAYS`].
const FRESHNESS: f64 = 0.5;
/// Days in which news loses about two thirds of its freshness.
const FRESH_DAYS: f64 = 3.0;
/// For more of it than before, and for what was never heard before.
const UP: f64 = 1.0;
/// See [`UP`].
const NEW: f64 = 0.3;
/// For being disputed: worth a question.
const DISPUTED: f64 = 0.2;
/// What is known of a point only when it is in words gives no more than this; that fewer stand behind it than was
/// thought takes from it.
pub(super) const MOST_TOLD: f64 = UP.max(NEW) + DISPUTED;
/// What news loses where its reader knows the beginning of it.
const MOVED: f64 = -0.5;
/// For a topic its reader has not been told of for [`REST_DAYS`] or longer, so that topics take turns.
const ROTATION: f64 = 0.6;
/// See [`ROTATION`].
const REST_DAYS: f64 = 14.0;
/// For a topic and sources twice as useful as others; as much is lost by half as useful ones.
const USEFUL: f64 = 1.0;
/// What a point loses where most of it is told under the reader's accounts: its fit with them, and a
/// little more.
const TOLD_ABOVE: f64 = -2.0;

/// Why a point stands where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A pattern, or emerging.
    Strength,
    /// How many owners say it.
    Owners,
    /// It names accounts of the reader.
    Accounts,
    /// The reader chose its topic.
    Topic,
    /// How surely it is about its topic.
    Sureness,
    /// How lately it was said.
    Freshness,
    /// It is up, or new.
    Trend,
    /// Somebody denies it.
    Disputed,
    /// The reader knows how it began.
    Moved,
    /// The reader has not heard of its topic for long.
    Rotation,
    /// Its topic and sources were of use so far, or were not.
    Useful,
    /// It is told under the reader's accounts.
    ToldAbove,
}

impl Reason {
    /// In a few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Strength => "strength",
            Self::Owners => "owners",
            Self::Accounts => "names their accounts",
            Self::Topic => "a topic they chose",
            Self::Sureness => "surely about it",
            Self::Freshness => "fresh",
            Self::Trend => "up or new",
            Self::Disputed => "disputed",
            Self::Moved => "told before, and moved",
            Self::Rotation => "its topic's turn",
            Self::Useful => "of use so far",
            Self::ToldAbove => "told under their accounts",
        }
    }
}

/// What a reason gave a point, or took from it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weighed {
    /// Why.
    pub reason: Reason,
    /// How much.
    pub weight: f64,
}

/// What a claim is ranked by before it is put into words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claimed {
    pub(super) strength: Strength,
    pub(super) owners: usize,
    pub(super) names_account: bool,
    pub(super) is_chosen: bool,
    /// Mean of its stories, 0 to 1.
    pub(super) sureness: f64,
    pub(super) age_days: f64,
    /// Days since the reader was told of its topic; none where never, as far as is known.
    pub(super) rested_days: Option<f64>,
    /// See [`super::Useful`].
    pub(super) useful: f64,
}

/// What is known of it then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) direction: Direction,
    pub(super) is_disputed: bool,
    pub(super) has_moved: bool,
    pub(super) is_told_above: bool,
}

const fn of_strength(strength: Strength) -> f64 {
    match strength {
        Strength::Anecdote => 0.0,
        Strength::Emerging => EMERGING,
        Strength::Pattern => PATTERN,
    }
}

fn of_owners(owners: usize) -> f64 {
    (owners.max(1) as f64).ln()
}

/// The weights of a claim by those who turned out to stand behind it: who is against it does not.
pub(super) fn found(claimed: &[Weighed], strength: Strength, owners: usize) -> Vec<Weighed> {
    let behind = [(Reason::Strength, of_strength(strength)), (Reason::Owners, of_owners(owners))];
    let is_other = |of: &&Weighed| !matches!(of.reason, Reason::Strength | Reason::Owners);
    let others = claimed.iter().filter(is_other);
    weighed(behind).into_iter().chain(others.copied()).collect()
}

/// The weights of a claim.
pub(super) fn claimed(claim: &Claimed) -> Vec<Weighed> {
    let rested = claim.rested_days.map_or(1.0, |days| (days / REST_DAYS).clamp(0.0, 1.0));
    weighed([
        (Reason::Strength, of_strength(claim.strength)),
        (Reason::Owners, of_owners(claim.owners)),
        (Reason::Accounts, if claim.names_account { ACCOUNT } else { 0.0 }),
        (Reason::Topic, if claim.is_chosen { TOPIC } else { 0.0 }),
        (Reason::Sureness, SURENESS * claim.sureness),
        (Reason::Freshness, FRESHNESS * (-claim.age_days / FRESH_DAYS).exp()),
        (Reason::Rotation, ROTATION * rested),
        (Reason::Useful, USEFUL * claim.useful.log2()),
    ])
}

/// The weights that are known only when it is in words.
pub(super) fn told(told: Told) -> Vec<Weighed> {
    let trend = match told.direction {
        Direction::Up => UP,
        Direction::New => NEW,
        _ => 0.0,
    };
    weighed([
        (Reason::Trend, trend),
        (Reason::Disputed, if told.is_disputed { DISPUTED } else { 0.0 }),
        (Reason::Moved, if told.has_moved { MOVED } else { 0.0 }),
        (Reason::ToldAbove, if told.is_told_above { TOLD_ABOVE } else { 0.0 }),
    ])
}

/// The sum of the weights: the higher comes first.
pub(super) fn sum(weighed: &[Weighed]) -> f64 {
    weighed.iter().map(|weighed| weighed.weight).sum()
}

/// Without those that gave nothing, to four decimals: a digest is kept as text.
fn weighed<const N: usize>(all: [(Reason, f64); N]) -> Vec<Weighed> {
    let rounded = all.into_iter().map(|(reason, weight)| {
        let weight = (weight * 10_000.0).round() / 10_000.0;
        Weighed { reason, weight }
    });
    rounded.filter(|weighed| weighed.weight != 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Claimed = Claimed {
        strength: Strength::Emerging,
        owners: 3,
        names_account: false,
        is_chosen: false,
        sureness: 0.8,
        age_days: 2.0,
        rested_days: Some(0.0),
        useful: 1.0,
    };

    #[test]
    fn each_reason_moves_a_point_its_own_way_and_by_its_own_weight() {
        let plain = sum(&claimed(&PLAIN));
        for (better, by) in [
            (Claimed { strength: Strength::Pattern, ..PLAIN }, PATTERN - EMERGING),
            (Claimed { names_account: true, ..PLAIN }, ACCOUNT),
            (Claimed { is_chosen: true, ..PLAIN }, TOPIC),
            (Claimed { rested_days: None, ..PLAIN }, ROTATION),
            (Claimed { rested_days: Some(99.0), ..PLAIN }, ROTATION),
            (Claimed { rested_days: Some(7.0), ..PLAIN }, ROTATION / 2.0),
            (Claimed { useful: 2.0, ..PLAIN }, USEFUL),
            (Claimed { useful: 0.5, ..PLAIN }, -USEFUL),
        ] {
            assert!((sum(&claimed(&better)) - plain - by).abs() < 1e-3, "{better:?}");
        }
        assert!(sum(&claimed(&Claimed { owners: 9, ..PLAIN })) > plain);
        assert!(sum(&claimed(&Claimed { age_days: 0.0, ..PLAIN })) > plain);
    }

    #[test]
    fn what_gave_nothing_is_no_reason() {
        let quiet = Told {
            direction: Direction::Steady,
            is_disputed: false,
            has_moved: false,
            is_told_above: false,
        };
        assert!(told(quiet).is_empty());
        let up = told(Told { direction: Direction::Up, ..quiet });
        assert_eq!(up, [Weighed { reason: Reason::Trend, weight: UP }]);
    }
}
