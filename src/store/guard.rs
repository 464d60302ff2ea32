//! sled panics where a file is damaged. Here that becomes a value again.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// Runs `work`; the panic's words if it panics, which is then not printed.
///
/// What `work` touched is left as it was at the panic: do not write through it again.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    silence_guarded_panics();
    let outer = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.map_err(|payload| {
        let words = payload
            .downcast_ref::<&str>()
            .map(|words| (*words).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "it cannot be read".to_owned());
        words.lines().next().unwrap_or_default().to_owned()
    })
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The hook is the process's: ours passes on every panic but those of guarded threads.
fn silence_guarded_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                others(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_first_line_and_a_value_stays_a_value() {
        assert_eq!(guarded(|| 7), Ok(7));
        assert_eq!(
            guarded(|| panic!("bad page {}\nat length", 3)),
            Err::<(), _>("bad page 3".into())
        );
        assert_eq!(guarded(|| guarded(|| panic!("inner")).is_err()), Ok(true));
    }
}
