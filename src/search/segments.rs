//! A query's segments, searched side by side: whoever asks waits for the largest, not for all of them.

use std::num::NonZero;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tantivy::collector::Collector;
use tantivy::query::{EnableScoring, Query};
use tantivy::{Searcher, SegmentOrdinal};

use crate::store::guard::guarded;

/// Threads of one search: there are seldom more large segments, and others ask, too.
const MOST_THREADS: usize = 4;

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
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(segment) = segments.get(next.fetch_add(1, Ordering::Relaxed)) {
            // tantivy panics where a file is damaged: that is told by the thread that was asked.
            done.push((*segment, guarded(|| of(*segment))));
        }
        done
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.min(MOST_THREADS).min(segments.len());
    let mut done = thread::scope(|scope| {
        let beside = |_| thread::Builder::new().spawn_scoped(scope, work);
        // Where there is no thread to be had, the others do its work.
        let others: Vec<_> = (1..threads).filter_map(|n| beside(n).ok()).collect();
        let mut done = work();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => panic::resume_unwind(panic),
            }
        }
        done
    });
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
