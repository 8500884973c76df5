//! The address of a remote, as it may be told to others.

use crate::base::percent_encoded;

/// Hosts whose repositories have a page of the same name.
const HOSTS: [&str; 3] = ["github.com", "gitlab.com", "bitbucket.org"];

/// A remote's address as a URL without credentials, query and fragment. `None` for folders of this machine and for what is no address.
///
/// What git takes for an address is in the manual of `git fetch`, "GIT URLS".
pub(super) fn public(remote: &str) -> Option<String> {
    let (scheme, authority, path) = parts(remote.trim())?;
    // Behind the last `@`, as git and curl read it: a password may contain one.
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (name, port) = match host.rsplit_once(':') {
        // An address of IPv6 has colons of its own.
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    // A password with a slash is not at its place: better no address than a part of it.
    let is_host = |letter: char| letter.is_ascii_alphanumeric() || "-._[]:%".contains(letter);
    if name.is_empty() || !name.chars().all(is_host) || port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return None;
    }
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    if path.is_empty() || path.contains("..") {
        return None;
    }
    let path = path.strip_suffix(".git").unwrap_or(path);
    match HOSTS.iter().find(|known| name.eq_ignore_ascii_case(known)) {
        Some(known) if port.is_none() => Some(format!("https://{known}/{}", encoded(path))),
        _ => Some(format!("{scheme}://{host}/{}", encoded(path))),
    }
}

/// The scheme, what stands before the first slash, and the rest.
fn parts(remote: &str) -> Option<(&str, &str, &str)> {
    if let Some((scheme, rest)) = remote.split_once("://") {
        if !["https", "http", "ssh", "git"].contains(&scheme) {
            return None;
        }
        let (authority, path) = rest.split_once('/')?;
        return Some((scheme, authority, path));
    }
    // `user@host:path`, as scp writes it; a slash before the colon makes it a path.
    let (authority, path) = remote.split_once(':')?;
    let is_path = authority.contains('/') || authority.len() < 2 || path.starts_with(':');
    (!is_path).then_some(("ssh", authority, path))
}

/// What may not stand in the path of a URL is percent-encoded; what is encoded already stays.
fn encoded(path: &str) -> String {
    percent_encoded(path, b"/-._~%+@!$&'()*,;=:")
}

#[cfg(test)]
mod tests {
    use super::public;

    #[track_caller]
    fn expect(remote: &str, told: &str) {
        assert_eq!(public(remote).as_deref().unwrap_or("-"), told);
    }

    #[test]
    fn an_address_is_told_without_credentials() {
        expect("https://github.com/octo/shop.git", "https://github.com/octo/shop");
        expect("https://x-access-token:ghs_abc@github.com/octo/shop", "https://github.com/octo/shop");
        expect("https://ghp_abc@github.com/octo/shop.git/", "https://github.com/octo/shop");
        expect("https://me:p@ss@git.example.org:8443/a/b.git?private_token=x#y", "https://git.example.org:8443/a/b");
        expect("git@github.com:octo/shop.git", "https://github.com/octo/shop");
        expect("ssh://git@gitlab.com/octo/shop.git", "https://gitlab.com/octo/shop");
        expect("ssh://deploy@git.example.org:2222/srv/shop", "ssh://git.example.org:2222/srv/shop");
        expect("deploy@git.example.org:~/shop one", "ssh://git.example.org/~/shop%20one");
        expect("http://[::1]:3000/a/b", "http://[::1]:3000/a/b");
    }

    #[test]
    fn what_is_no_address_of_others_is_not_told() {
        for remote in [
            "/srv/git/shop.git",
            "../shop",
            "./a:b",
            "C:/git/shop",
            "file:///srv/git/shop",
            "ext::sh -c evil",
            "codecommit::eu-west-1://profile@shop",
            "https://me:pa/ss@github.com/octo/shop",
            "https://me:secret@/octo",
            "https://github.com",
            "git@host:",
            "",
        ] {
            expect(remote, "-");
        }
    }
}
