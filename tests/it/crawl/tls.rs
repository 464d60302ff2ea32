//! A server behind TLS that the client trusts: what R5 says of a way back to http.
//!
//! Whom a process trusts is read from its environment when it starts, so that the client is a child of
//! this test: this test binary itself, in a role.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use overheard::visit::FailureKind;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::server::{Server, ok};
use super::{body, failure, http};
use crate::store::kill::{ROLE, variable};

const TEST: &str = "crawl::tls::r5_a_redirect_from_https_to_http_is_refused_and_never_followed";
const URL: &str = "OVERHEARD_TEST_URL";

#[tokio::test]
async fn r5_a_redirect_from_https_to_http_is_refused_and_never_followed() {
    if variable(ROLE).is_some() {
        return ask(&variable(URL).unwrap()).await;
    }
    let plain = Server::start(|_| ok(&[], "read in the clear"));
    let secure = Secure::start(plain.url("/feed"));
    let authority =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/crawl/trusted.authority.pem");
    let client = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(ROLE, "client")
        .env(URL, &secure.url)
        .env("SSL_CERT_FILE", authority)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&client.stderr);
    assert!(client.status.success(), "{said}");
    let asked = secure.asked.lock().unwrap().clone();
    assert_eq!(asked, ["/feed", "/within", "/feed", "/down", "/down-later", "/down"]);
    assert_eq!(plain.paths(), [""; 0]);
}

/// The client's side: it reads what is behind TLS, and does not go where that leads in the clear.
async fn ask(secure: &str) {
    let http = http(|_| {});
    assert_eq!(body(&http, &format!("{secure}/feed")).await.bytes, b"read behind TLS");
    assert_eq!(body(&http, &format!("{secure}/within")).await.bytes, b"read behind TLS");
    for path in ["/down", "/down-later"] {
        let failure = failure(&http, &format!("{secure}{path}")).await;
        assert_eq!(failure.kind, FailureKind::Redirect, "{}", failure.sentence);
        assert!(failure.sentence.contains("http"), "{}", failure.sentence);
    }
}

/// A server that proves who it is to whoever trusts the fixtures' authority.
struct Secure {
    url: String,
    /// The paths asked for so far.
    asked: Arc<Mutex<Vec<String>>>,
    closing: Arc<AtomicBool>,
    door: Option<JoinHandle<()>>,
}

impl Secure {
    /// Starts one that sends whoever asks for `/down` to `plain`.
    fn start(plain: String) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let certificate = include_bytes!("../../fixtures/crawl/trusted.cert.der").to_vec();
        let key = include_bytes!("../../fixtures/crawl/trusted.key.der").to_vec();
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(
            vec![CertificateDer::from(certificate)],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)),
        );
        let config = Arc::new(config.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let closing = Arc::new(AtomicBool::new(false));
        let closes = Arc::clone(&closing);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let book = Arc::clone(&asked);
        let door = thread::spawn(move || {
            for stream in listener.incoming() {
                if closes.load(Ordering::SeqCst) {
                    break;
                }
                serve(stream.unwrap(), Arc::clone(&config), &plain, &book);
            }
        });
        Self { url: format!("https://127.0.0.1:{port}"), asked, closing, door: Some(door) }
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.url.trim_start_matches("https://"));
        if let Some(door) = self.door.take() {
            let _ = door.join();
        }
    }
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, plain: &str, asked: &Mutex<Vec<String>>) {
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) if head.len() < 65_536 => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head);
    let to = |to: &str| format!("302 Found\r\nLocation: {to}");
    let path = head.split(' ').nth(1).unwrap();
    asked.lock().unwrap().push(path.to_owned());
    let (status, body) = match path {
        "/down" => (to(plain), ""),
        "/down-later" => (to("/down"), ""),
        "/within" => (to("/feed"), ""),
        _ => ("200 OK".to_owned(), "read behind TLS"),
    };
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    let _ = stream.write_all(answer.as_bytes());
    stream.conn.send_close_notify();
    let _ = stream.flush();
}
