//! Work on many things of one kind, side by side on a few threads: what comes of it is in their order,
//! as if one had done it all.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Threads at most: others have work, too.
const MOST_THREADS: usize = 4;

/// What `of` makes of each of the items, in their order.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let made = try_map(items, |item| Ok::<R, std::convert::Infallible>(of(item)));
    made.unwrap_or_else(|never| match never {})
}

/// The same where it may fail: after the first failure nothing else is begun, and what is at work is
/// brought to its end. Where several fail, the first of the items that did is told.
pub(crate) fn try_map<T: Sync, R: Send, E: Send>(
    items: &[T],
    of: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.min(MOST_THREADS).min(items.len());
    if threads <= 1 {
        return items.iter().map(of).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else { return made };
            let done = of(item);
            if done.is_err() {
                next.store(items.len(), Ordering::Relaxed);
            }
            made.push((place, done));
        }
    };
    let mut made = thread::scope(|scope| {
        let beside = |_| thread::Builder::new().spawn_scoped(scope, work);
        // Where there is no thread to be had, the others do its work.
        let others: Vec<_> = (1..threads).filter_map(|n| beside(n).ok()).collect();
        let mut made = work();
        for other in others {
            match other.join() {
                Ok(more) => made.extend(more),
                Err(panic) => resume_unwind(panic),
            }
        }
        made
    });
    made.sort_by_key(|(place, _)| *place);
    made.into_iter().map(|(_, done)| done).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..1_000).collect();
        let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
        assert_eq!(map(&items, |item| item * 2), doubled);
        assert!(map(&[] as &[usize], |item| item * 2).is_empty());
    }

    #[test]
    fn a_failure_ends_it_and_the_first_is_told() {
        let items: Vec<usize> = (0..1_000).collect();
        let begun = AtomicUsize::new(0);
        let failed = try_map(&items, |&item| {
            begun.fetch_add(1, Ordering::Relaxed);
            if item == 3 { Err("torn") } else { Ok(item) }
        });
        assert_eq!(failed, Err("torn"));
        assert!(begun.load(Ordering::Relaxed) < items.len(), "nothing else is begun");
    }

    #[test]
    #[should_panic(expected = "broken")]
    fn a_panic_is_passed_on() {
        let _ = map(&[0, 1, 2, 3], |&item| assert!(item != 2, "broken"));
    }
}
