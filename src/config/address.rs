//! Mail addresses, as far as they can be told from something else without asking anybody.

/// The longest address a mail server takes (RFC 5321, 4.5.3.1: 64 octets, "@", 255, within a path of 256).
const LONGEST: usize = 254;
/// The longest part before the "@".
const LONGEST_LOCAL: usize = 64;

/// Whether something is an address that a message can be handed over for: `ada@example.com`, without a name.
///
/// # Errors
/// In words, why it is none.
pub fn check(address: &str) -> Result<(), String> {
    let wrong =
        |why: &str| Err(format!("{address:?} is no mail address ({why}); write ada@example.com"));
    if address.len() > LONGEST {
        return wrong("it is too long");
    }
    let Some((local, domain)) = address.rsplit_once('@') else { return wrong("it has no @") };
    if local.is_empty() || local.len() > LONGEST_LOCAL {
        return wrong("before the @ there are 1 to 64 characters");
    }
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if !local.chars().all(is_atom) || local.split('.').any(str::is_empty) {
        return wrong("a character before the @ cannot stand there");
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !domain.split('.').all(is_label) {
        return wrong(
            "after the @ stands a host's name, as example.com; others in their xn-- form",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_told_from_what_would_break_a_message() {
        for good in
            ["ada@example.com", "a.b+c@mail.example", "o'neil@localhost", "x@xn--bcher-kva.example"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "Ada <ada@example.com>",
            "a@b@c",
            "ada@exa mple.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "a..b@example.com",
            "ada@-x.example",
            "b\u{fc}cher@example.com",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_passes_is_one_plain_word(text in "\\PC{0,40}@\\PC{0,40}|[\u{0}-\u{7f}]{0,60}") {
            if check(&text).is_ok() {
                prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>,;:\"\\".contains(&byte)));
            }
        }
    }
}
