//! Servers that mean no good: each is refused or survived with a sentence, and no other source suffers.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use overheard::crawl::http::{Ask, Cost, Fetched, Manner, Settings, Vouched};
use overheard::crawl::visit::Due;
use overheard::visit::{FailureKind, Memory, Validators};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

use super::round::round;
use super::server::{Reply, Server, answer, ok};
use super::world::{World, due, keys};
use super::{body, clock, failure, http, kind, request};

const GIGABYTE: &str = "Content-Length: 1073741824";

fn hurry(settings: &mut Settings) {
    settings.first_byte_timeout_ms = 200;
    settings.whole_timeout_ms = 400;
    settings.body_limit_bytes = 100_000;
}

fn drip(head: &str) -> Reply {
    Reply::Trickle(head.as_bytes().to_vec())
}

#[tokio::test]
async fn a_gigabyte_sent_a_byte_at_a_time_is_refused_when_announced_and_cut_off_when_not() {
    let server = Server::start(|asked| match asked.path() {
        "/announced" => drip(&format!("HTTP/1.1 200 OK\r\n{GIGABYTE}\r\n\r\n")),
        "/unannounced" => drip("HTTP/1.1 200 OK\r\n\r\n"),
        _ => drip("HTTP/1.1 200 OK\r\nX: "),
    });
    let http = http(hurry);
    let announced = failure(&http, &server.url("/announced")).await;
    assert_eq!(announced.kind, FailureKind::TooLarge);
    assert!(announced.sentence.contains("100000 bytes"), "{}", announced.sentence);
    for (path, limit) in [("/unannounced", "400 ms"), ("/in-its-head", "200 ms")] {
        let failure = failure(&http, &server.url(path)).await;
        assert_eq!(failure.kind, FailureKind::Timeout, "{path}");
        assert!(failure.sentence.contains(limit), "{}", failure.sentence);
    }
}

#[tokio::test]
async fn a_header_of_10_mb_is_not_taken_in() {
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\nx", "y".repeat(10 * 1024 * 1024));
    let server = Server::start(move |_| Reply::Bytes(head.clone().into_bytes()));
    let failure = failure(&http(hurry), &server.url("/")).await;
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(failure.sentence.contains("not proper HTTP"), "{}", failure.sentence);
}

#[tokio::test]
async fn what_a_server_sends_cannot_become_a_header_of_ours() {
    let server = Server::start(|asked| match asked.path() {
        "/moved" => answer("302 Found", &["Location: /x%0d%0aEvil: 1\tEvil: 2"], b""),
        _ => ok(&[], "x"),
    });
    let http = http(hurry);
    body(&http, &server.url("/moved")).await;
    // Validators that a damaged store might hold.
    let url = server.url("/feed");
    let validators = Validators {
        etag: Some("\"1\"\r\nEvil: 3".into()),
        last_modified: Some("then\nEvil: 4".into()),
    };
    let vouched = Some(Vouched { url: &url, validators: &validators, body_bytes: 0 });
    let request = request(&url);
    let ask = Ask { request: &request, vouched, manner: Manner::Feed };
    let fetched = http.fetch(&ask, &clock(), &mut Cost::default()).await;
    assert!(matches!(fetched, Ok(Fetched::Body(_))));
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    for asked in asked {
        assert_eq!(asked.header("Evil"), None, "{}", asked.head());
        assert_eq!(asked.header("If-None-Match"), None, "{}", asked.head());
        assert_eq!(asked.head().split("\r\n").next().unwrap().split(' ').count(), 3);
    }
    // And what it says of two lengths or folded lines is no HTTP.
    for bad in ["ETag: a\rEvil: 5", "ETag: a\0b"] {
        let server = Server::start(move |_| ok(&[bad], "x"));
        assert_eq!(kind(&http, &server.url("/")).await, FailureKind::Protocol, "{bad:?}");
    }
}

/// A server that shows a certificate nobody signed but itself.
fn self_signed() -> (String, thread::JoinHandle<()>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = include_bytes!("../../fixtures/crawl/self-signed.cert.der").to_vec();
    let key = include_bytes!("../../fixtures/crawl/self-signed.key.der").to_vec();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate)],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        // Ends with the client's alert.
        let ended = tls.complete_io(&mut stream);
        assert!(ended.is_err() || tls.reader().read(&mut [0; 1]).is_err());
        let _ = stream.flush();
    });
    (url, server)
}

#[tokio::test]
async fn s4_a_certificate_that_proves_nothing_is_refused_with_what_to_do() {
    let (url, server) = self_signed();
    let failure = failure(&http(hurry), &url).await;
    assert_eq!(failure.kind, FailureKind::Tls, "{}", failure.sentence);
    assert!(failure.sentence.contains("cannot prove that it is 127.0.0.1"), "{}", failure.sentence);
    server.join().unwrap();
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_not_taken_for_one_that_lies() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 512]);
        // As a web server answers what is no request.
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    let failure = failure(&http(hurry), &url).await;
    assert_eq!(failure.kind, FailureKind::Tls, "{}", failure.sentence);
    assert!(failure.sentence.contains("write http:// before it"), "{}", failure.sentence);
    server.join().unwrap();
}

#[tokio::test]
async fn r5_a_host_that_takes_no_connection_is_given_up() {
    // A queue for connections with room for a few, which nobody empties.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    loop {
        let connecting = tokio::net::TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(100), connecting).await {
            Ok(connected) => waiting.push(connected.unwrap()),
            Err(_) => break,
        }
        assert!(waiting.len() < 50, "the queue takes everybody");
    }
    let http = http(|settings| settings.connect_timeout_ms = 100);
    let failure = failure(&http, &format!("http://{address}/")).await;
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert!(failure.sentence.contains("did not take a connection"), "{}", failure.sentence);
}

#[tokio::test]
async fn hostile_hosts_are_a_sentence_each_and_the_others_are_read() {
    let brotli = include_bytes!("../../fixtures/crawl/20-mb-of-zeros.br");
    let header = format!("X: {}", "y".repeat(10 * 1024 * 1024));
    let hostile = [
        (Server::start(|_| drip("HTTP/1.1 200 OK\r\n\r\n")), FailureKind::Timeout),
        (Server::start(|_| Reply::Silence), FailureKind::Timeout),
        (
            Server::start(|_| answer("200 OK", &["Content-Encoding: br"], brotli)),
            FailureKind::TooLarge,
        ),
        (Server::start(move |_| ok(&[&header], "post a")), FailureKind::Protocol),
        (Server::start(|_| answer("301 Moved", &["Location: /"], b"")), FailureKind::Redirect),
        (
            Server::start(|_| answer("302 Found", &["Location: http://169.254.169.254/"], b"")),
            FailureKind::ForbiddenAddress,
        ),
        (
            Server::start(|_| answer("302 Found", &["Location: http://[::1]:1/"], b"")),
            FailureKind::ForbiddenAddress,
        ),
        (Server::start(|_| ok(&[], "panic")), FailureKind::NotAFeed),
        (Server::start(|_| Reply::Bytes(b"\0\xff".repeat(9))), FailureKind::Protocol),
    ];
    let fine: Vec<Server> =
        (0..4).map(|n| Server::start(move |_| ok(&[], &format!("post {n}")))).collect();
    let world = World::with(hurry);
    let servers = hostile.iter().map(|(server, _)| server).chain(&fine);
    let all: Vec<Due> = servers
        .enumerate()
        .map(|(n, server)| {
            due(&format!("s{n:02}"), &server.url("/"), Manner::Feed, Memory::default())
        })
        .collect();
    let mut visited = round(&world, all).await;
    visited.sort_by(|a, b| a.visit.source.cmp(&b.visit.source));
    for (one, (_, expected)) in visited.iter().zip(&hostile) {
        let failure = one.visit.outcome.failure().unwrap();
        assert_eq!(failure.kind, *expected, "{}", failure.sentence);
        assert!((20..500).contains(&failure.sentence.len()), "{}", failure.sentence);
    }
    let read: Vec<Vec<&str>> = visited[hostile.len()..].iter().map(keys).collect();
    assert_eq!(read, [["0"], ["1"], ["2"], ["3"]]);
}
