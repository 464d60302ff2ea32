//! The golden windows of the sample market: what was reached once is not lost again.

use std::path::Path;

use overheard::app;
use overheard::clock::SystemClock;
use overheard::config::{Config, Market};
use overheard::eval::golden::Golden;

use crate::cli::{fine, overheard};

/// What was measured when this was written, rounded down (`overheard eval digest`).
const POINTS: (f64, f64) = (0.88, 0.90);
const STORIES: (f64, f64) = (1.0, 1.0);
const OWNERS: (f64, f64) = (0.97, 0.88);

#[test]
fn the_digests_of_the_golden_windows_lose_no_ground() {
    let folder = tempfile::tempdir().unwrap();
    fine(&overheard(&["--data", "demo", "demo"], folder.path(), ""));
    let config = Config { data: folder.path().join("demo"), ..Config::default() };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let golden = Golden::read(&root.join("tests/fixtures/golden/sample.toml")).unwrap();
    let market = Market::read(&root.join(&golden.market)).unwrap();
    let store = app::open_store_to_answer(&config).unwrap();
    let encoder = app::encoder(&config).unwrap();
    let came = golden.measure(&market, &*store, &encoder, &SystemClock).unwrap();

    let points = (came.precision(), came.recall());
    let stories = (came.stories.precision(), came.stories.recall());
    let owners = (came.owners.precision(), came.owners.recall());
    for (what, now, before) in
        [("points", points, POINTS), ("stories", stories, STORIES), ("owners", owners, OWNERS)]
    {
        let is_held = now.0 >= before.0 && now.1 >= before.1;
        assert!(is_held, "{what}: {now:?}, and it was {before:?}\n{}", came.amiss.join("\n"));
    }
}

#[test]
fn a_store_that_is_not_the_windows_own_is_refused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let golden = Golden::read(&root.join("tests/fixtures/golden/recorded.toml")).unwrap();
    let market = Market::read(&root.join(&golden.market)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fine(&overheard(&["--data", "demo", "demo"], folder.path(), ""));
    let config = Config { data: folder.path().join("demo"), ..Config::default() };
    let store = app::open_store_to_answer(&config).unwrap();
    let encoder = app::encoder(&config).unwrap();
    let error = golden.measure(&market, &*store, &encoder, &SystemClock).unwrap_err();
    assert!(error.to_string().contains("another store"), "{error}");
}
