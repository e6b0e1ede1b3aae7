std = "lua54"
max_line_length = 100
self = false -- do not report an unused implicit self
unused_secondaries = false -- `local ok, err = f()` may ignore err
ignore = { "212/_.*", "213/_.*" } -- `_name` marks a deliberately unused argument
files["lua/engine/coro.lua"] = { globals = { "coroutine" } } -- the one file that replaces it
files["tests/**/*_spec.lua"] = { std = "+busted" }
files["stdlib/_meta"] = { ignore = { "111", "112", "113", "211", "212", "241" } } -- stubs: no bodies
files["stdlib/_meta/clnrm*.lua"] = { max_line_length = false } -- generated
exclude_files = { "build/" }
