//! A rule with its settings, as in `slic:segments=100,sigma=1`.

/// What was written for a rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameters {
    /// The whole text, where it is no rule but a file or a colour.
    pub(crate) text: String,
    /// The rule.
    pub(crate) rule: String,
    settings: Vec<(String, f64)>,
}

/// Reads a rule and its settings. What does not have this form is only text.
pub(crate) fn parameters(text: &str) -> Result<Parameters, String> {
    let only = Parameters { text: text.into(), rule: text.into(), settings: Vec::new() };
    let Some((rule, rest)) = text.split_once(':') else { return Ok(only) };
    if !rest.contains('=') {
        return Ok(only);
    }
    let mut settings = Vec::new();
    for setting in rest.split(',') {
        let Some((name, value)) = setting.split_once('=') else {
            return Err(format!("{setting:?} must be a setting and its value, as in sigma=1"));
        };
        let Ok(number) = value.trim().parse() else { return Err(format!("{name} is {value:?}: it must be a number")) };
        settings.push((name.trim().to_string(), number));
    }
    Ok(Parameters { rule: rule.into(), settings, ..only })
}

impl Parameters {
    /// The settings, in the order of their names here; an unknown one is an error that names those there are.
    pub(crate) fn settings<const N: usize>(&self, known: [&str; N]) -> Result<[Option<f64>; N], String> {
        let mut values = [None; N];
        for (name, value) in &self.settings {
            match known.iter().position(|known| known == name) {
                Some(place) => values[place] = Some(*value),
                None if N == 0 => return Err(format!("{} has no settings", self.rule)),
                None => return Err(format!("{} has no setting {name:?}: it has {}", self.rule, known.join(", "))),
            }
        }
        Ok(values)
    }
}

/// A setting that counts something.
pub(crate) fn whole(name: &str, value: f64) -> Result<usize, String> {
    // Whole numbers below 2^32 have no fraction to lose.
    if value >= 0.0 && value <= f64::from(u32::MAX) && value.trunc() == value {
        return Ok(value as usize);
    }
    Err(format!("{name} is {value}: it must be a whole number, 0 or more"))
}
