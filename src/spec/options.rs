//! stub
/// x
pub fn check_name(name: &str) -> Result<(), String> {
    if ["vus", "duration", "rps", "iterations", "scenarios", "thresholds", "insecureSkipTLSVerify"]
        .contains(&name)
    {
        Ok(())
    } else {
        Err(format!("unknown k6 option `{name}`"))
    }
}
/// x
pub fn names() -> impl Iterator<Item = &'static str> {
    ["vus", "duration", "rps"].into_iter()
}
