//! The socket: who reaches a store that another has open, and who does not.

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use overheard::classify::{Encoder, EncoderError};
use overheard::store::remote::{self, Lent, Listening, RemoteEncoder, RemoteStore};
use overheard::store::{SledStore, Store, StoreError};
use overheard::verdict::{Embedding, ModelId};

use super::sample::{noise, post};

/// A store that is held, and listens.
struct Held {
    folder: tempfile::TempDir,
    store: Arc<dyn Store>,
    listening: Option<Listening>,
}

impl Held {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> =
            Arc::new(SledStore::open(&folder.path().join("store")).unwrap());
        let listening = Listening::begin(Arc::clone(&store), &folder.path().join("store")).unwrap();
        Self { folder, store, listening: Some(listening) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn call(&self) -> UnixStream {
        UnixStream::connect(self.path().join("socket")).unwrap()
    }

    fn reach(&self) -> RemoteStore {
        RemoteStore::connect(&self.path()).unwrap().unwrap()
    }
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length[..], bytes].concat()
}

/// What comes until the other side closes; it may have gone before it read all.
fn rest(mut stream: UnixStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_one_process_keeps_another_reads_and_the_other_way_round() {
    let mut held = Held::begin();
    let (first, second) = (held.reach(), remote::open(&held.path()).unwrap());
    let long = post("long", "2026-03-01T08:00:00Z", &noise(7, 3 << 20));
    let short = post("short", "2026-03-01T09:00:00Z", "They rise.");
    assert_eq!(first.keep(std::slice::from_ref(&long)).unwrap().new, 1);
    assert_eq!(held.store.post(long.id).unwrap().as_ref(), Some(&long));
    held.store.keep(std::slice::from_ref(&short)).unwrap();
    assert_eq!(second.post(short.id).unwrap(), Some(short));
    assert_eq!(second.post(long.id).unwrap(), Some(long));
    // What is wrong is said as the store itself says it.
    let none = first.compact(
        "1999-01".parse().unwrap(),
        &super::months::without(&[]),
        super::sample::time("2026-03-01T00:00:00Z"),
    );
    assert!(matches!(none, Err(StoreError::Io { .. } | StoreError::Damaged { .. })), "{none:?}");
    assert_eq!(first.counts().unwrap().posts, 2);

    held.listening = None;
    let gone = first.counts().unwrap_err().to_string();
    assert!(gone.contains("ended meanwhile; run the command again"), "{gone}");
    let gone = first.counts().unwrap_err().to_string();
    assert!(gone.contains("broke off before"), "{gone}");
    assert!(!held.path().join("socket").exists());
}

#[test]
fn the_socket_is_its_owners_alone() {
    let held = Held::begin();
    assert_eq!(mode(&held.path().join("socket")), 0o600);
    assert_eq!(mode(&held.path()), 0o700);
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(SledStore::open(folder.path()).unwrap());
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let refused = Listening::begin(store, folder.path()).unwrap_err().to_string();
    assert!(refused.contains("chmod go-w"), "{refused}");
}

/// What a process of another user is told by who listens on a socket: refused by the system, turned away, or
/// answered.
fn as_another_user(socket: &Path) -> String {
    let ask = "import socket, sys\n\
               call = socket.socket(socket.AF_UNIX)\n\
               try:\n    call.connect(sys.argv[1])\n\
               except PermissionError:\n    sys.exit(print('refused'))\n\
               try:\n    call.sendall(b'\\0\\0\\0\\1x')\n    answer = call.recv(100)\n\
               except (BrokenPipeError, ConnectionResetError):\n    answer = b''\n\
               print('answered' if answer else 'turned away')";
    let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "python3", "-c", ask];
    // Ours may be where they may not go.
    let mut command = Command::new("setpriv");
    let done = command.args(nobody).arg(socket).env("PATH", "/usr/bin:/bin").output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    assert!(!said.is_empty(), "{done:?}");
    said
}

#[test]
fn another_user_is_turned_away_though_the_socket_let_them_in() {
    let us = fs::metadata("/proc/self").unwrap().uid();
    assert_eq!(us, 0, "only root can be another user: run the tests as root");
    let held = Held::begin();
    let socket = held.path().join("socket");
    let open = |path: &Path, mode: u32| {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    assert_eq!(as_another_user(&socket), "refused", "the folder is ours");
    open(held.folder.path(), 0o755);
    open(&held.path(), 0o755);
    assert_eq!(as_another_user(&socket), "refused", "the socket is ours");
    open(&socket, 0o666);
    assert_eq!(as_another_user(&socket), "turned away", "they are looked at as well");
    assert_eq!(held.reach().counts().unwrap().posts, 0, "we are not");
}

#[test]
fn a_socket_that_a_dead_process_left_is_replaced_and_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    SledStore::open(&path).unwrap().close().unwrap();
    drop(UnixListener::bind(path.join("socket")).unwrap());
    assert!(RemoteStore::connect(&path).unwrap().is_none());
    let store: Arc<dyn Store> = Arc::new(SledStore::open(&path).unwrap());
    let refused = remote::open(&path).err().unwrap();
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
    let _listening = Listening::begin(store, &path).unwrap();
    assert_eq!(remote::open(&path).unwrap().counts().unwrap().posts, 0);
}

#[test]
fn a_path_too_long_for_a_socket_is_made_short() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a-long-name-of-a-folder/".repeat(9)).join("store");
    let store: Arc<dyn Store> = Arc::new(SledStore::open(&path).unwrap());
    let _listening = Listening::begin(store, &path).unwrap();
    assert_eq!(mode(&path.join("socket")), 0o600);
    assert_eq!(remote::open(&path).unwrap().counts().unwrap().posts, 0);
}

#[test]
fn who_speaks_another_protocol_is_told_what_to_do() {
    let held = Held::begin();
    // {"protocol": 99, "version": "9"}
    let hello = b"\x82\xa8protocol\x63\xa7version\xa19";
    let mut later = held.call();
    later.write_all(&frame(hello)).unwrap();
    let said = rest(later);
    assert!(
        said.contains("overheard 9 (protocol 99)") && said.contains("start it again"),
        "{said}"
    );

    // And the other way round: a service that turns us down is quoted.
    let folder = tempfile::tempdir().unwrap();
    let service = UnixListener::bind(folder.path().join("socket")).unwrap();
    let served = std::thread::spawn(move || {
        let (mut caller, _) = service.accept().unwrap();
        caller.write_all(&frame(b"\x81\xa3Err\xb0is overheard 9.0")).unwrap();
        caller
    });
    let refused = RemoteStore::connect(folder.path()).unwrap_err();
    assert!(
        matches!(&refused, StoreError::Service { why, .. } if why == "is overheard 9.0"),
        "{refused}"
    );
    served.join().unwrap();
}

#[test]
fn strangers_that_hang_or_talk_nonsense_keep_nobody_from_the_store() {
    let held = Held::begin();
    // Some say nothing, some begin a greeting, some a call.
    let silent: Vec<UnixStream> = (0..10).map(|_| held.call()).collect();
    let half: Vec<UnixStream> = (0..10)
        .map(|_| {
            let mut caller = held.call();
            caller.write_all(&[0, 0, 0, 40, 1, 2]).unwrap();
            caller
        })
        .collect();
    for nonsense in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 64], &frame(b"\xc1"), &frame(&[0x91; 900])]
    {
        let mut caller = held.call();
        caller.write_all(nonsense).unwrap();
        let said = rest(caller);
        assert!(said.is_empty() || said.contains("does not understand us"), "{said:?}");
    }
    let greeting = {
        let mut hello = Vec::new();
        hello.extend(b"\x82\xa8protocol\x04\xa7version");
        let version = env!("CARGO_PKG_VERSION").as_bytes();
        hello.push(0xa0 | u8::try_from(version.len()).unwrap());
        hello.extend(version);
        frame(&hello)
    };
    for nonsense in [frame(b"\xa8NoMethod"), frame(&[0x91; 5_000]), vec![0x7f; 400]] {
        let mut caller = held.call();
        caller.write_all(&greeting).unwrap();
        let mut welcome = [0; 4];
        caller.read_exact(&mut welcome).unwrap();
        let mut words = vec![0; u32::from_be_bytes(welcome) as usize];
        caller.read_exact(&mut words).unwrap();
        assert!(String::from_utf8_lossy(&words).contains("Ok"), "{words:?}");
        caller.write_all(&nonsense).unwrap();
        let said = rest(caller);
        assert!(said.is_empty() || said.contains("does not understand the call"), "{said:?}");
    }
    let store = held.reach();
    assert_eq!(store.keep(&[post("a", "2026-03-01T08:00:00Z", "They rise.")]).unwrap().new, 1);
    assert_eq!(held.reach().counts().unwrap().posts, 1);

    // All places taken: whoever comes then is turned away, and the store goes on.
    let more: Vec<UnixStream> = (0..40).map(|_| held.call()).collect();
    let refused = RemoteStore::connect(&held.path()).unwrap_err().to_string();
    assert!(refused.contains("turned us away"), "{refused}");
    assert_eq!(store.counts().unwrap().posts, 1);
    drop((more, silent, half));
}

/// Reads how long a text is.
struct Lengths(ModelId);

impl Encoder for Lengths {
    fn id(&self) -> &ModelId {
        &self.0
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        if texts.contains(&"unreadable") {
            return Err(EncoderError::Failed("it is unreadable".to_owned()));
        }
        Ok(texts.iter().map(|text| Embedding(vec![text.len() as f32])).collect())
    }
}

#[test]
fn the_encoder_that_is_open_reads_for_callers_and_gives_way_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store: Arc<dyn Store> = Arc::new(SledStore::open(&path).unwrap());
    assert!(RemoteEncoder::connect(&path).unwrap().is_none(), "nobody takes calls");
    let lent = Lent::default();
    let _listening = Listening::lending(store, lent.clone(), &path).unwrap();
    assert!(RemoteEncoder::connect(&path).unwrap().is_none(), "it is not open yet");
    let named = |name: &str| ModelId(name.to_owned());
    lent.lend(Arc::new(Lengths(named("one"))));
    let encoder = RemoteEncoder::connect(&path).unwrap().unwrap();
    assert_eq!((encoder.id(), encoder.languages().to_string().as_str()), (&named("one"), "en"));
    let read = encoder.encode(&["a", "four"]).unwrap();
    assert_eq!(read, [Embedding(vec![1.0]), Embedding(vec![4.0])]);
    assert_eq!(encoder.encode(&[]).unwrap(), []);
    let refused = encoder.encode(&["unreadable"]).unwrap_err().to_string();
    assert!(refused.contains("it is unreadable"), "{refused}");
    let refused = encoder.encode(&[&"long ".repeat(100_000)]).unwrap_err().to_string();
    assert!(refused.contains("reads no texts as long as these"), "{refused}");
    assert_eq!(encoder.encode(&["still there"]).unwrap(), [Embedding(vec![11.0])]);
    lent.lend(Arc::new(Lengths(named("two"))));
    assert_eq!(RemoteEncoder::connect(&path).unwrap().unwrap().id(), &named("two"));
}
