//! The scan: how far each row is from what is asked, by the signs of its numbers alone.
//!
//! What is asked keeps its numbers: a sign that differs counts as much as the number it differs from. On
//! real posts that finds as many of the nearest as twice the rows would by counting signs.

/// The distance of a row that is not to be found.
const NEVER: u16 = u16::MAX;

/// Distances up to which rows are told apart: that of the opposite, and room to round.
const FURTHEST: f32 = 60_000.0;

/// The patterns of eight signs.
const PATTERNS: usize = 256;

/// The bytes of signs of the encoder that `make setup` fetches.
const USUAL: usize = 48;

/// What is asked, ready to be held against rows.
pub(super) struct Scan {
    /// For each byte of signs and each pattern in it, what it adds to the distance.
    tables: Vec<[u16; PATTERNS]>,
}

impl Scan {
    /// The scan for an embedding.
    pub(super) fn of(asked: &[f32]) -> Self {
        let all: f32 = asked.iter().map(|number| number.abs()).sum();
        let scale = if all > 0.0 { FURTHEST / all } else { 0.0 };
        let table = |numbers: &[f32]| {
            let mut table = [0; PATTERNS];
            for (pattern, distance) in table.iter_mut().enumerate() {
                let differs = |at: usize, number: f32| (pattern >> at & 1 == 1) != (number > 0.0);
                let differing = numbers.iter().enumerate().filter(|(at, n)| differs(*at, **n));
                let far: f32 = differing.map(|(_, number)| number.abs() * scale).sum();
                // Rounded down: the sum of all stays below what fits.
                #[expect(clippy::cast_sign_loss, reason = "a sum of sizes has no sign")]
                let far = far as u16;
                *distance = far;
            }
            table
        };
        Self { tables: asked.chunks(8).map(table).collect() }
    }

    /// How far each row is; [`NEVER`] where `passes` says that it may not be found.
    pub(super) fn distances(&self, signs: &[u8], passes: impl Fn(usize) -> bool) -> Vec<u16> {
        // The usual width gets a loop of its own, without bounds to check.
        if let Some(tables) =
            self.tables.first_chunk::<USUAL>().filter(|_| self.tables.len() == USUAL)
        {
            let (rows, _) = signs.as_chunks::<USUAL>();
            let distance = |row: &[u8; USUAL]| add(tables.iter().zip(row));
            return of_rows(rows.iter(), distance, passes);
        }
        let rows = signs.chunks_exact(self.tables.len().max(1));
        of_rows(rows, |row: &[u8]| add(self.tables.iter().zip(row)), passes)
    }
}

/// The distance up to which at least `wanted` of these rows are; that of the furthest, where there are
/// fewer.
pub(super) fn cut<'d>(distances: impl Iterator<Item = &'d [u16]>, wanted: usize) -> u16 {
    let mut rows_at = vec![0_usize; usize::from(NEVER) + 1];
    for distance in distances.flatten() {
        rows_at[usize::from(*distance)] += 1;
    }
    let mut so_far = 0;
    for (distance, rows) in (0..NEVER).zip(rows_at) {
        so_far += rows;
        if so_far >= wanted {
            return distance;
        }
    }
    NEVER - 1
}

fn of_rows<'s, R: ?Sized + 's>(
    rows: impl Iterator<Item = &'s R>,
    distance: impl Fn(&R) -> u16,
    passes: impl Fn(usize) -> bool,
) -> Vec<u16> {
    let far = |(at, row)| if passes(at) { distance(row) } else { NEVER };
    rows.enumerate().map(far).collect()
}

fn add<'t>(bytes: impl Iterator<Item = (&'t [u16; PATTERNS], &'t u8)>) -> u16 {
    bytes.map(|(table, signs)| table[usize::from(*signs)]).fold(0, u16::wrapping_add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sign_that_differs_counts_as_much_as_its_number() {
        let asked = [0.8, -0.1, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.3];
        let scan = Scan::of(&asked);
        let same = [0b101, 0b1];
        let small = [0b111, 0b1];
        let large = [0b100, 0b1];
        let all = [0b010, 0b0];
        let rows = [same, small, large, all].concat();
        let far = scan.distances(&rows, |row| row != 1);
        assert_eq!((far[0], far[1]), (0, NEVER));
        assert!(far[2] > 20_000 && far[3] > far[2] && far[3] < NEVER, "{far:?}");
    }

    #[test]
    fn the_cut_holds_what_is_wanted_and_never_what_may_not_be_found() {
        let rows: [&[u16]; 2] = [&[5, 7, NEVER], &[7, 900]];
        assert_eq!(cut(rows.into_iter(), 1), 5);
        assert_eq!(cut(rows.into_iter(), 2), 7);
        assert_eq!(cut(rows.into_iter(), 4), 900);
        assert_eq!(cut(rows.into_iter(), 5), NEVER - 1);
        assert_eq!(cut(std::iter::empty(), 5), NEVER - 1);
    }

    proptest! {
        #[test]
        fn every_width_is_scanned_and_none_overflows(
            asked in prop::collection::vec(-1.0_f32..1.0, 1..800),
            byte in any::<u8>(),
        ) {
            let row = vec![byte; asked.len().div_ceil(8)];
            let far = Scan::of(&asked).distances(&row, |_| true);
            prop_assert!(far.len() == 1 && f32::from(far[0]) <= FURTHEST);
        }
    }
}
