//! Every task that a run spawns has ended when the run has.

use std::sync::Arc;
use std::time::Duration;

use overheard::store::Store;
use tokio::runtime::Handle;

use super::watched::{Watched, Write, full};
use super::{Parts, feed_of};
use crate::crawl::server::{Reply, Server, answer};

/// How long a connection may take to notice that nobody holds it any more: it is a task of the HTTP
/// library's, and ends by itself. Far shorter than anything a test here lets hang.
const LETTING_GO: Duration = Duration::from_secs(5);

/// Asserts that no task is alive, or none but connections about to close.
async fn assert_no_task_is_left() {
    let alive = || Handle::current().metrics().num_alive_tasks();
    let all_ended = async {
        while alive() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let ended = tokio::time::timeout(LETTING_GO, all_ended).await;
    assert!(ended.is_ok(), "{} tasks are alive", alive());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_task_outlives_a_round_in_which_hosts_fail_hang_and_answer() {
    let fails = Server::start(|_| answer("500 Oops", &[], b""));
    let hangs = Server::start(|_| Reply::Silence);
    let drips = Server::start(|_| Reply::Trickle(b"HTTP/1.1 200 OK\r\n\r\n<rss>".to_vec()));
    let fine = Server::start(feed_of(3));
    let parts = Parts::of(&[
        ("drips", drips.url("/")),
        ("fails", fails.url("/")),
        ("fine", fine.url("/")),
        ("hangs", hangs.url("/")),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> =
        Arc::new(Watched::open(&folder.path().join("store"), |_, _| Ok(())));
    let hurry = |settings: &mut overheard::crawl::http::Settings| {
        settings.first_byte_timeout_ms = 200;
        settings.whole_timeout_ms = 400;
    };
    let summary = parts.run(&store, folder.path(), hurry).await.unwrap();
    let failed: Vec<bool> =
        summary.visits.iter().map(|visit| visit.outcome.failure().is_some()).collect();
    assert_eq!(failed, [true, true, false, true]);
    assert_no_task_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_breaks_off_ends_the_round_though_a_host_hangs() {
    // It would hang for a minute: the run does not wait for it, and does not leave it behind.
    let hangs = Server::start(|_| Reply::Silence);
    let fine = Server::start(feed_of(3));
    let parts = Parts::of(&[("fine", fine.url("/")), ("hangs", hangs.url("/"))]);
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> =
        Arc::new(Watched::open(&folder.path().join("store"), |write, _| match write {
            Write::Keep(_) => Err(full()),
            Write::Remember(_) => Ok(()),
        }));
    let patient = |settings: &mut overheard::crawl::http::Settings| {
        settings.first_byte_timeout_ms = 60_000;
    };
    let run = parts.run(&store, folder.path(), patient);
    let broke = tokio::time::timeout(LETTING_GO, run).await.unwrap().unwrap_err();
    assert!(broke.to_string().contains("no space left"), "{broke}");
    assert_no_task_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_look_for_living_tasks_sees_one() {
    let task = tokio::spawn(std::future::pending::<()>());
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 1);
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_no_task_is_left().await;
}
