//! Paths inside the workspace as `/`-separated text: joined and normalised without asking the disk.

/// `path` seen from `folder` (both relative to one root), or none where it leaves the root.
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The path that leads from `folder` to `file`, both relative to one root: `../../payloads/a.json`.
pub(super) fn relative(folder: &str, file: &str) -> String {
    let from: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = file.split('/').filter(|part| !part.is_empty()).collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = if from.len() == shared { vec!["."] } else { vec![".."; from.len() - shared] };
    [up, to[shared..].to_vec()].concat().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_there_and_never_out() {
        assert_eq!(relative("k6_templates/grpc", "payloads/a.json"), "../../payloads/a.json");
        assert_eq!(relative("k6_templates", "k6_templates/lib/a.js"), "./lib/a.js");
        assert_eq!(join("k6_templates/grpc", "../../payloads/a.json").as_deref(), Some("payloads/a.json"));
        assert_eq!(join("a", "../../b"), None);
        assert_eq!(join("a", "/etc/passwd"), None);
    }
}
