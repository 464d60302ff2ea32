//! What tables hold, and what becomes of it.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn names(table: &Table) -> Vec<&str> {
    table.accounts.iter().map(|(_, account)| account.name.as_str()).collect()
}

#[test]
fn an_export_of_salesforce_is_read_by_its_own_columns() {
    let table = read(
        b"\"Account ID\",\"Account Name\",\"Account Owner\",\"Website\",\"Ticker Symbol\",\"Description\",\"Billing City\",\"Phone\",\"Type\"\n\
          001,\"Halden Freight, Inc.\",Maren Ruud,http://www.halden-freight.example/en,HLDN,Moves containers,Oslo,1,Customer\n",
    );
    let [(2, account)] = table.accounts.as_slice() else { panic!("{table:?}") };
    assert_eq!(account.name, "Halden Freight, Inc.");
    assert_eq!(account.owner.as_deref(), Some("Maren Ruud"));
    assert_eq!(account.domain.as_deref(), Some("halden-freight.example"));
    assert_eq!(account.about.as_deref(), Some("Moves containers"));
    assert_eq!(account.aliases, ["$HLDN"]);
    assert!(table.problems.is_empty() && table.notes.is_empty(), "{table:?}");
}

#[test]
fn an_export_of_hubspot_is_read_in_utf_16_with_semicolons() {
    let text = "Record ID;Company name;Company Domain Name;COMPANY OWNER;Industry;Twitter Handle\r\n\
                7;Caf\u{e9} Nord;cafenord.example;Theo;Food;@cafe_nord\r\n";
    let mut body = vec![0xff, 0xfe];
    body.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let unmarked = body[2..].to_vec();
    for body in
        [body, unmarked, text.as_bytes().to_vec(), [b"\xef\xbb\xbf", text.as_bytes()].concat()]
    {
        let table = read(&body);
        let [(2, account)] = table.accounts.as_slice() else { panic!("{table:?}") };
        assert_eq!(account.name, "Caf\u{e9} Nord");
        assert_eq!(account.owner.as_deref(), Some("Theo"));
        assert_eq!(account.about.as_deref(), Some("Food"));
        assert_eq!(account.aliases, ["@cafe_nord"]);
    }
    let latin = read(b"sep=;\nname;domain\nCaf\xe9 Nord;cafenord.example\n");
    assert_eq!(names(&latin), ["Caf\u{e9} Nord"]);
}

#[test]
fn rows_of_one_domain_are_one_account_and_those_that_contradict_are_refused() {
    let table = read(
        b"name,domain,owner,aliases,competitors\n\
          Acme,acme.example,Ada,ACM,Globex\n\
          Acme Robotics,https://www.acme.example,,\"Acme, Inc.\",\"Globex, Initech\"\n\
          Globex,globex.example,Ada,,\n\
          Globex,globex-mills.example,Ada,,\n\
          Globex UK,globex.example,Ben,,\n",
    );
    assert_eq!(names(&table), ["Acme", "Globex"]);
    let acme = &table.accounts[0].1;
    assert_eq!(acme.aliases, ["ACM", "Acme Robotics", "Acme, Inc."]);
    assert_eq!(acme.competitors, ["Globex", "Initech"]);
    assert_eq!(table.notes, [(3, "“Acme Robotics” is one with “Acme” in line 2".to_owned())]);
    let [(5, domains), (6, owners)] = table.problems.as_slice() else { panic!("{table:?}") };
    assert!(domains.contains("line 4, but there it is globex.example and here"), "{domains}");
    assert!(owners.contains("there it is Ada's and here Ben's; delete one"), "{owners}");
}

#[test]
fn what_salesforce_writes_below_a_report_is_no_account() {
    let table = read(
        b"Account Name,Website,Account Owner\n\
          Acme,acme.example,Ada\n\
          Confidentiality Labs,labs.example,Ada\n\
          Copyright Clearing House,,Ada\n\
          ,,\n\
          Confidential Information - Do Not Distribute,,\n\
          Copyright (c) 2000-2026 salesforce.com inc. All rights reserved.,,\n",
    );
    assert_eq!(names(&table), ["Acme", "Confidentiality Labs", "Copyright Clearing House"]);
    assert_eq!(table.problems, []);
}

#[test]
fn bad_cells_are_cleaned_or_refused_with_words() {
    let table = read(
        b"name,domain,about\n\
          \"=cmd|' /c calc'!A0\",a.example,x\n\
          The,,\n\
          The,the.example,\n\
          X,,\n\
          ,nameless.example,does something\n\
          Quill,no domain,\n\
          Orrin,https://www.linkedin.com/company/orrin,=HYPERLINK(1)\n\
          -,,\n\
          \x00Tarn\x00wick,n/a,\xe2\x80\x8f\n",
    );
    assert_eq!(names(&table), ["The", "Quill", "Orrin", "Tarnwick"]);
    assert!(table.accounts[1..3].iter().all(|(_, account)| account.domain.is_none()));
    let [(7, doubt)] = table.doubts.as_slice() else { panic!("{:?}", table.doubts) };
    assert!(doubt.contains("“Quill”: \"no domain\" is no domain"), "{doubt}");
    let said: Vec<String> =
        table.problems.iter().map(|(line, what)| format!("{line}: {what}")).collect();
    for (said, expected) in said.iter().zip([
        "2: the name \"=cmd|' /c calc'!A0\" is a formula",
        "3: account “The”: every text holds this word",
        "5: account “X”: one letter stands for many things",
        "6: no name; give the company's name",
    ]) {
        assert!(said.starts_with(expected), "{said}");
    }
    assert_eq!(said.len(), 4, "{said:?}");
    assert_eq!(table.notes.len(), 2, "{:?}", table.notes);
}

#[test]
fn one_nameless_row_among_very_many_is_found_at_its_line() {
    let mut text = String::from("name,domain\n");
    for n in 0..50_000 {
        let name = if n == 31_337 { String::new() } else { format!("Firm {n}") };
        let _ = writeln!(text, "{name},firm{n}.example");
    }
    let table = parse(&text);
    assert_eq!(table.accounts.len(), 49_999);
    assert_eq!(table.problems.len(), 1);
    assert_eq!(table.problems[0].0, 31_339);
}

#[test]
fn a_table_without_names_or_with_a_slip_in_its_header_says_so() {
    assert!(read(b"").problems[0].1.contains("holds nothing"));
    assert!(read(b"foo,bar\n1,2\n").problems[0].1.contains("no column holds the names"));
    let slip = read(b"name,alises\nAcme,ACM\n");
    assert_eq!(slip.problems, [(1, "no column \"alises\"; did you mean `aliases`?".to_owned())]);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&body);
        let _ = read(&[b"name,domain,aliases\n".as_slice(), &body].concat());
    }

    #[test]
    fn what_is_written_is_read_again(names in prop::collection::vec("[A-Z][a-z]{3,9} [A-Z][a-z]{2,9}", 1..9)) {
        let mut accounts: Vec<Account> = Vec::new();
        for name in names {
            if accounts.iter().all(|known| known.name != name) {
                let aliases = vec![format!("{name}, Inc."), "=1+1 Ltd".to_owned()];
                let owner = Some("Ada \"A\" Low".to_owned());
                let (about, not) = (Some("-does; things\"".to_owned()), vec!["x".to_owned()]);
                accounts.push(Account { name, aliases, owner, about, not, domain: None, competitors: vec![] });
            }
        }
        let table = parse(&write(&accounts));
        prop_assert!(table.problems.is_empty(), "{:?}", table.problems);
        let again: Vec<Account> = table.accounts.into_iter().map(|(_, account)| account).collect();
        prop_assert_eq!(again, accounts);
    }
}
