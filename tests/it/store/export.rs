//! Out as JSON Lines, and back.

use jiff::Timestamp;
use overheard::digest::Window;
use overheard::feedback::{Feedback, PointRef, Tap, Way};
use overheard::label::{Answer, Draw, Label};
use overheard::post::Post;
use overheard::store::export::{ExportError, check, export, import};
use overheard::store::{Counts, Judged, SledStore, Store};
use overheard::verdict::Band;
use overheard::visit::Memory;

use super::sample::{digest, judged, noise, post, rules, source};

const POSTS: usize = 230;

#[test]
fn an_export_restores_everything_and_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let (store, lines) = exported(&folder.path().join("first"));
    let other = SledStore::open(&folder.path().join("second")).unwrap();
    // Half of it first, as when an import is cut short.
    let cut = lines.len() / 2;
    assert!(matches!(import(&other, &mut &lines[..cut]), Err(ExportError::Damaged { .. })));
    for _ in 0..2 {
        let taken = import(&other, &mut &lines[..]).unwrap();
        assert_eq!(taken.counts, store.counts().unwrap());
        assert_eq!(other.counts().unwrap(), taken.counts);
    }
    assert_eq!(check(&mut &lines[..]).unwrap(), store.counts().unwrap());
    assert_eq!(everything(&other), everything(&store));
    assert_eq!(other.verify().unwrap(), Vec::<String>::new());
    let since = "2026-01-01".parse().unwrap();
    assert_eq!(other.told("grace", since).unwrap(), store.told("grace", since).unwrap());
    let press = source("press");
    assert_eq!(other.memory(&press).unwrap(), store.memory(&press).unwrap());

    let mut again = Vec::new();
    export(&other, &mut again).unwrap();
    assert_eq!(again, lines);
}

#[test]
fn labels_travel_with_an_export_and_a_later_one_stands() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("first")).unwrap();
    let label = |answer, at: &str| {
        let post = post("a", "2026-03-01T08:00:00Z", "Said.").id;
        Label { topic: "fees".into(), post, answer, at: at.parse().unwrap() }
    };
    let given = label(Answer::Is, "2026-03-02T08:00:00Z");
    store.teach(std::slice::from_ref(&given), given.at).unwrap();
    let (topic, post, at) = (given.topic.clone(), given.post, given.at);
    let draw = Draw { topic, post, said: Band::Yes, among: 7, at };
    store.draw(std::slice::from_ref(&draw)).unwrap();
    let said = Feedback {
        reader: "ada".into(),
        date: "2026-03-01".parse().unwrap(),
        point: PointRef { block: None, index: 0, post: given.post },
        tap: Tap::Used,
        at: given.at,
        way: Way::Page,
        topic: None,
        account: Some("Acme".into()),
        sources: vec![],
        note: None,
    };
    store.hear_back(&said).unwrap();
    store.unsubscribe("ben", Some(given.at)).unwrap();
    let mut lines = Vec::new();
    export(&store, &mut lines).unwrap();

    let other = SledStore::open(&folder.path().join("second")).unwrap();
    import(&other, &mut &lines[..]).unwrap();
    assert_eq!(other.feedback("2026-03-01".parse().unwrap()).unwrap(), [said]);
    assert_eq!(other.unsubscribed().unwrap(), store.unsubscribed().unwrap());
    assert_eq!(other.labels().unwrap(), std::slice::from_ref(&given));
    assert_eq!(other.draws().unwrap(), [draw]);
    let later = label(Answer::IsNot, "2026-03-03T08:00:00Z");
    other.teach(std::slice::from_ref(&later), later.at).unwrap();
    import(&other, &mut &lines[..]).unwrap();
    assert_eq!(other.labels().unwrap(), [later]);
}

#[test]
fn every_line_is_json_and_a_lost_or_changed_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (_, export) = exported(&folder.path().join("store"));
    let text = String::from_utf8(export).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), POSTS + 4);
    for line in &lines {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(value["entry"]["kind"].is_string(), "{line}");
    }
    let told = |lines: &[&str]| {
        let text = lines.iter().flat_map(|line| [*line, "\n"]).collect::<String>();
        check(&mut text.as_bytes()).unwrap_err().to_string()
    };
    let changed = lines[7].replace("On 6", "On 9");
    assert_ne!(changed, lines[7]);
    let edited = told(&[&lines[..7], &[&changed], &lines[8..]].concat());
    assert!(edited.contains("line 8 of the export is damaged: its checksum"), "{edited}");
    let lost = told(&[&lines[..7], &lines[8..]].concat());
    assert!(lost.contains("lines are missing before it"), "{lost}");
    let cut = told(&lines[..20]);
    assert!(cut.contains("line 21") && cut.contains("ends before its last line"), "{cut}");
    assert!(told(&lines[1..]).contains("line 1 of the export is damaged: it does not begin"));
    assert!(told(&["not JSON"]).contains("line 1"));
    assert!(told(&[]).contains("ends before"));
}

fn exported(path: &std::path::Path) -> (SledStore, Vec<u8>) {
    let store = SledStore::open(path).unwrap();
    let by = rules("model", "rules");
    let said = |n: usize| {
        let length = if n == 50 { 30_000 } else { 100 };
        post(&n.to_string(), "2026-03-01T08:00:00Z", &noise(n as u64, length))
    };
    let posts: Vec<Post> = (0..POSTS).map(said).collect();
    store.keep(&posts).unwrap();
    let verdicts: Vec<Judged> =
        posts.iter().skip(5).map(|post| judged(post.id, &by, "pricing")).collect();
    store.judge(&verdicts).unwrap();
    store.remember(&[(source("press"), Memory { failures: 3, ..Memory::default() })]).unwrap();
    let told = [posts[0].id, posts[1].id, posts[2].id, posts[3].id];
    store.claim(&digest("grace", "2026-03-02", told, 3)).unwrap();
    let mut lines = Vec::new();
    let counts = export(&store, &mut lines).unwrap();
    let posts = POSTS as u64;
    assert_eq!(counts, Counts { posts, verdicts: posts - 5, sources: 1, digests: 1 });
    (store, lines)
}

fn everything(store: &dyn Store) -> (Vec<Post>, Vec<Option<Judged>>) {
    let window = Window { from: Timestamp::MIN, until: Timestamp::MAX };
    let posts = store.said_in(window).unwrap();
    let ids: Vec<_> = posts.iter().map(|post| post.id).collect();
    let verdicts = store.judged_many(&ids).unwrap();
    (posts, verdicts)
}
