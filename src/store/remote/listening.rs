//! Listening: a thread that takes calls by the socket, and asks the store for whoever calls.

use std::io;
use std::os::unix::net::UnixListener as StdListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};

use super::call::{Call, told};
use super::frame::{
    Hello, LENGTH_BYTES, LONGEST_ANSWER_BYTES, LONGEST_CALL_BYTES, LONGEST_HELLO_BYTES, pack,
    unpack,
};
use super::lending::Lent;
use super::socket;
use crate::store::{Store, StoreError};

/// Callers at once: a person's commands, and some that hang. Whoever comes then is turned away.
const CALLERS: usize = 32;

/// Calls worked on at once: each holds its answer in memory.
const CALLS_AT_ONCE: usize = 4;

/// How long a caller may take to say who it is.
const HELLO: Duration = Duration::from_secs(5);

/// How long a caller may think between two calls: a person is asked, a model is opened.
const IDLE: Duration = Duration::from_mins(15);

/// How long a call may be on its way, and a part of an answer.
const ON_ITS_WAY: Duration = Duration::from_secs(30);

/// What is written of an answer before it is looked whether anybody reads it.
const PART_BYTES: usize = 64 << 10;

/// How often a caller is told that its call is being worked on. See `remote::SILENCE`.
const BEAT: Duration = Duration::from_secs(5);

/// After a call that could not be taken: there may be no file handle free for it.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// How long the end waits for calls that are being worked on.
const LAST_CALLS: Duration = Duration::from_secs(10);

/// Root may read the files anyway.
const ROOT: u32 = 0;

/// Takes calls until it is dropped.
#[derive(Debug)]
pub struct Listening {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    folder: PathBuf,
}

impl Listening {
    /// Takes calls for a store that this process has open, by a socket in its folder.
    ///
    /// # Errors
    /// There can be no such socket.
    pub fn begin(store: Arc<dyn Store>, folder: &Path) -> io::Result<Self> {
        Self::lending(store, Lent::default(), folder)
    }

    /// The same for who lends an encoder as well.
    ///
    /// # Errors
    /// There can be no such socket.
    pub fn lending(store: Arc<dyn Store>, lent: Lent, folder: &Path) -> io::Result<Self> {
        let (listener, owner) = socket::bind(folder)?;
        listener.set_nonblocking(true)?;
        let reactor = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(CALLS_AT_ONCE)
            .build()?;
        let (stop, stopped) = watch::channel(false);
        let thread = thread::Builder::new().name("listening".to_owned()).spawn(move || {
            let taken = reactor.block_on(take(listener, owner, (store, lent), stopped));
            if let Err(error) = taken {
                tracing::warn!(%error, "other commands cannot reach the store any more");
            }
            reactor.shutdown_timeout(LAST_CALLS);
        })?;
        Ok(Self { stop, thread: Some(thread), folder: folder.to_owned() })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        socket::remove(&self.folder);
        // Nobody receives it only if the thread has ended.
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a call may ask for.
type Asked = (Arc<dyn Store>, Lent);

async fn take(
    listener: StdListener,
    owner: u32,
    asked: Asked,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = UnixListener::from_std(listener)?;
    let mut talks = JoinSet::new();
    loop {
        let caller = tokio::select! {
            caller = listener.accept() => caller,
            Some(_) = talks.join_next(), if !talks.is_empty() => continue,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok((caller, _)) = caller else {
            sleep(ACCEPT_AGAIN).await;
            continue;
        };
        let is_ours = caller.peer_cred().is_ok_and(|peer| [owner, ROOT].contains(&peer.uid()));
        if is_ours && talks.len() < CALLERS {
            talks.spawn(talk(caller, asked.clone(), stop.clone()));
        }
    }
    drop(listener);
    // What goes wrong in a talk is its caller's to say.
    let all = async { while talks.join_next().await.is_some() {} };
    let _ = timeout(LAST_CALLS, all).await;
    Ok(())
}

/// Takes one call after the other from a caller, until it goes or does what it should not.
async fn talk(
    mut caller: UnixStream,
    asked: Asked,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let hello = async {
        let length = caller.read_u32().await?;
        body(&mut caller, length, LONGEST_HELLO_BYTES).await
    };
    let hello = timeout(HELLO, hello).await??;
    let ours = Hello::ours();
    let misfit = match unpack::<Hello>(&hello) {
        Ok(theirs) => theirs.misfit(&ours),
        Err(_) => Some("does not understand us; is it an overheard of another time?".to_owned()),
    };
    let welcome: Result<Hello, String> = misfit.map_or(Ok(ours), Err);
    send(&mut caller, &pack(&welcome, LONGEST_HELLO_BYTES).unwrap_or_default()).await?;
    if welcome.is_err() {
        return Ok(());
    }
    loop {
        let length = tokio::select! {
            length = timeout(IDLE, caller.read_u32()) => length??,
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        };
        let bytes = timeout(ON_ITS_WAY, body(&mut caller, length, LONGEST_CALL_BYTES)).await??;
        let call: Call<'static> = match unpack(&bytes) {
            Ok(call) => call,
            Err(why) => {
                let why = format!("does not understand the call ({why})");
                let refused = StoreError::Service { folder: String::new(), why };
                return send(&mut caller, &told::<()>(Err(refused))).await;
            }
        };
        drop(bytes);
        let (store, lent) = asked.clone();
        let mut work = spawn_blocking(move || call.answer(&*store, &lent));
        let mut is_there = true;
        let answer = loop {
            tokio::select! {
                answer = &mut work => break answer.map_err(io::Error::other)?,
                // Whoever goes still has its place until its call is done.
                () = sleep(BEAT), if is_there => {
                    is_there = send(&mut caller, &[0; LENGTH_BYTES]).await.is_ok();
                }
            }
        };
        debug_assert!(answer.len() <= LENGTH_BYTES + LONGEST_ANSWER_BYTES as usize);
        send(&mut caller, &answer).await?;
    }
}

async fn body(caller: &mut UnixStream, length: u32, longest: u32) -> io::Result<Vec<u8>> {
    if length > longest {
        return Err(io::Error::other("a frame is too long"));
    }
    // Room is made as the bytes come.
    let mut bytes = Vec::new();
    caller.take(length.into()).read_to_end(&mut bytes).await?;
    if bytes.len() < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

async fn send(caller: &mut UnixStream, frame: &[u8]) -> io::Result<()> {
    for part in frame.chunks(PART_BYTES) {
        timeout(ON_ITS_WAY, caller.write_all(part)).await??;
    }
    Ok(())
}
