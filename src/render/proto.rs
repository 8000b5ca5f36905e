//! The imports of a `.proto` file.

/// The paths in `import "…";`, `import public "…";` and `import weak "…";`, comments left out.
pub(super) fn imports(text: &str) -> Vec<String> {
    let plain = without_comments(text);
    plain.split(';').filter_map(|statement| import(statement.trim())).collect()
}

fn import(statement: &str) -> Option<String> {
    let rest = statement.strip_prefix("import")?.trim_start();
    let rest = rest.strip_prefix("public").or_else(|| rest.strip_prefix("weak")).unwrap_or(rest).trim_start();
    let quote = rest.chars().next().filter(|c| ['"', '\''].contains(c))?;
    rest[1..].split(quote).next().map(str::to_owned)
}

fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut quote: Option<char> = None;
    while let Some(c) = rest.chars().next() {
        let after = match (quote, c) {
            (None, '/') if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            (None, '/') if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            _ => 0,
        };
        if after > 0 {
            rest = &rest[after..];
            continue;
        }
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
        plain.push(c);
        rest = &rest[c.len_utf8()..];
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::imports;

    #[test]
    fn imports_are_found_and_comments_are_not() {
        let text = "syntax = \"proto3\"; // import \"no.proto\";\nimport \"a//b.proto\";\n/* import \"no.proto\"; */ import public 'c.proto';\nmessage M {}";
        assert_eq!(imports(text), ["a//b.proto", "c.proto"]);
    }
}
