//! The scan: how many signs of each row differ from those of what is asked.

/// The distance of a row that is not to be found.
pub(super) const NEVER: u16 = u16::MAX;

/// In how many signs each row of `words` words differs from `asked`, where `passes` says that it may be
/// found at all.
pub(super) fn distances(
    rows: &[u64],
    asked: &[u64],
    passes: impl Fn(usize) -> bool,
) -> Vec<u16> {
    // The width of the encoder that `make setup` fetches gets a loop of its own, without a bound to check.
    match asked.try_into() {
        Ok(asked) => of_width::<6>(rows, asked, passes),
        Err(_) => of_any(rows, asked, passes),
    }
}

/// The distance up to which there are at least `wanted` rows, by the number of rows at each.
pub(super) fn furthest(count: &[usize], wanted: usize) -> usize {
    let mut so_far = 0;
    for (distance, rows) in count.iter().enumerate() {
        so_far += rows;
        if so_far >= wanted {
            return distance;
        }
    }
    count.len()
}

fn of_width<const WORDS: usize>(
    rows: &[u64],
    asked: &[u64; WORDS],
    passes: impl Fn(usize) -> bool,
) -> Vec<u16> {
    let (rows, _) = rows.as_chunks::<WORDS>();
    let distance = |(at, row): (usize, &[u64; WORDS])| {
        if !passes(at) {
            return NEVER;
        }
        let differ = row.iter().zip(asked).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
        differ as u16
    };
    rows.iter().enumerate().map(distance).collect()
}

fn of_any(rows: &[u64], asked: &[u64], passes: impl Fn(usize) -> bool) -> Vec<u16> {
    let distance = |(at, row): (usize, &[u64])| {
        if !passes(at) {
            return NEVER;
        }
        let differ = row.iter().zip(asked).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
        u16::try_from(differ).unwrap_or(NEVER - 1)
    };
    rows.chunks_exact(asked.len().max(1)).enumerate().map(distance).collect()
}
