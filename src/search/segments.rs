//! A query's segments, searched side by side: whoever asks waits for the largest, not for all of them.

use std::panic;

use tantivy::collector::Collector;
use tantivy::query::{EnableScoring, Query};
use tantivy::{Searcher, SegmentOrdinal};

use crate::side_by_side;
use crate::store::guard::guarded;

/// What a collector makes of the documents that are asked for: what tantivy's own search makes of them.
pub(super) fn search<C: Collector>(
    searcher: &Searcher,
    asked: &dyn Query,
    collector: &C,
) -> tantivy::Result<C::Fruit> {
    let scoring = if collector.requires_scoring() {
        EnableScoring::enabled_from_searcher(searcher)
    } else {
        EnableScoring::disabled_from_searcher(searcher)
    };
    let weight = asked.weight(scoring)?;
    collector.check_schema(searcher.schema())?;
    let segments = searcher.segment_readers();
    let of = |segment: usize| {
        let ordinal = SegmentOrdinal::try_from(segment).unwrap_or(SegmentOrdinal::MAX);
        collector.collect_segment(&*weight, ordinal, &segments[segment])
    };
    let mut largest_first: Vec<usize> = (0..segments.len()).collect();
    largest_first.sort_by_key(|segment| std::cmp::Reverse(segments[*segment].num_docs()));
    collector.merge_fruits(of_each(&largest_first, of)?)
}

/// What comes of each of these segments, taken up in this order, in the order of their numbers.
fn of_each<F: Send>(
    segments: &[usize],
    of: impl Fn(usize) -> tantivy::Result<F> + Sync,
) -> tantivy::Result<Vec<F>> {
    // tantivy panics where a file is damaged: that is told by the thread that was asked.
    let mut done = side_by_side::map(segments, |&segment| (segment, guarded(|| of(segment))));
    done.sort_by_key(|(segment, _)| *segment);
    let told = |panic: String| panic::resume_unwind(Box::new(panic));
    done.into_iter().map(|(_, fruit)| fruit.unwrap_or_else(told)).collect()
}

#[cfg(test)]
mod tests {
    use tantivy::TantivyError;

    use super::*;

    #[test]
    fn what_comes_of_the_segments_is_in_their_order_and_one_that_fails_fails_all() {
        assert_eq!(of_each(&[2, 0, 3, 1], |segment| Ok(segment * 10)).unwrap(), [0, 10, 20, 30]);
        assert_eq!(of_each(&[], Ok).unwrap(), Vec::<usize>::new());
        let failing = |segment| match segment {
            1 => Err(TantivyError::InternalError("torn".to_owned())),
            segment => Ok(segment),
        };
        assert!(of_each(&[0, 1, 2], failing).is_err());
    }

    #[test]
    fn a_panic_in_any_segment_is_whose_search_it_was() {
        let torn = |segment| if segment == 1 { panic!("a block is torn") } else { Ok(segment) };
        let told = guarded(|| of_each(&[0, 1, 2], torn));
        assert_eq!(told.unwrap_err(), "a block is torn");
    }
}
