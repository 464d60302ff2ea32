//! `overheard selfcheck`: a report that can be shown to a site's owner, and that can fail.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

fn selfcheck(settings: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("overheard.toml"), format!("[fetch]\n{settings}")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_overheard"))
        .arg("selfcheck")
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

/// Every line of the behaviour that concerns a site's owner.
const LINES: &str =
    "C1 C2 C3 C4 C5 C6 C7 C8 C9 T1 T2 T3 T4 T5 T6 T7 R1 R2 R3 R4 R5 R6 S1 S2 S3 S4 P1 P3";

#[test]
fn every_line_is_tried_with_the_operators_settings_and_kept() {
    let settings = "user_agent = \"Acme-Ear/2 (+https://acme.example/ear)\"\n\
        feed_gap_ms = 120\npage_gap_ms = 240\n";
    let output = selfcheck(settings, &["--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = report["rows"].as_array().unwrap();
    let codes: Vec<&str> = rows.iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(codes.join(" "), LINES);
    for row in rows {
        assert_eq!(row["passed"], true, "{row}");
    }
    let seen = |code: &str| {
        let row = rows.iter().find(|row| row["code"] == code).unwrap();
        row["seen"].as_str().unwrap().to_owned()
    };
    assert_eq!(seen("R1"), "Acme-Ear/2 (+https://acme.example/ear)");
    assert!(seen("R4").contains("yours are 120 and 240 ms"), "{}", seen("R4"));
    assert_eq!(report["failed"], 0);
    assert!(output.status.success());
}

#[test]
fn a_line_that_is_not_kept_is_named_and_the_exit_status_says_so() {
    // Nothing fits into so few bytes: no feed can be read, and no redirect to one adopted. And the
    // name has no number of a version, and there is no gap.
    let settings = "user_agent = \"Acme-Ear/two (+https://acme.example/ear)\"\n\
        body_limit_bytes = 20\nfeed_gap_ms = 0\npage_gap_ms = 0\n";
    let output = selfcheck(settings, &[]);
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout).unwrap();
    for line in ["C1", "R1", "R4"] {
        assert!(table.contains(&format!("FAIL  {line}  ")), "{table}");
    }
    assert!(table.contains("pass  R6  "), "{table}");
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("lines are not kept"), "{words}");
}
