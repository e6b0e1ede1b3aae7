--- The kind `deterministic` of `clnrm template`: a seed, and a clock that stands still.
---@type engine.templates.Kind
return {
  about = "a seed, and a clock that stands still",
  text = [==[
# The same on every machine, at any time: what is drawn comes of the seed, the clock stands still.
[meta]
name = %NAME%

[determinism]
seed = 42
freeze_clock = "2025-01-01T00:00:00Z"

[[steps]]
name = "steps see the seed and the time"
command = "echo $CLNRM_SEED; date -u -d @$SOURCE_DATE_EPOCH +%FT%TZ"
expect.stdout.lines = ["{{ deterministic_seed() }}", "{{ now_rfc3339() }}"]

[[steps]]
name = "what is drawn is always the same"
command = ["echo", "{{ uuid_v4(seed=7) }}", "{{ fake_name(seed=7) }}"]
expect.stdout.equals = "a458fc7c-5db5-4401-95ff-e53ddcfef595 Vera Lopez\n"
]==],
}
