--- Lint rule L104: a template that gives another text each time.
local RANDOM = {}
for name in ([[rand_hex uuid_v4 uuid_v7 ulid pick weighted shuffle sample trace_id span_id
  traceparent get_random]]):gmatch("[%a_]%w*[%w_]*") do
  RANDOM[name] = true
end

return {
  code = "L104",
  name = "unseeded-random",
  severity = "warning",
  docs = {
    summary = "A random value without a seed",
    why = [[
The text of the test is another one each time it is read, and a failure cannot be had again. With
`seed` of `[determinism]`, or `seed=` at the call, the same value comes each time.]],
    bad = [==[
[[steps]]
name = "call"
command = ["echo", "{{ uuid_v4() }}"]
expect.stdout.lines = 1
]==],
    good = [==[
[[steps]]
name = "call"
command = ["echo", "0b5c"]
expect.stdout.lines = 1
]==],
  },
  tests = {
    ok = {
      'x = "{{ vars.a }}"\n',
      'x = "{{ uuid_v4(seed=1) }}"\n',
      '[determinism]\nseed = 42\n[vars]\nx = "{{ fake_name() }}"\n',
    },
    bad = { { code = '[vars]\nx = "{{ fake_name() | upper }}"\n', at = { 3, 6 } } },
  },
  visit = {
    template_tag = function(cx, tag)
      if cx:sets_determinism("seed") then
        return
      end
      for name, arguments in tag.text:gmatch("([%a_][%w_]*)(%b())") do
        local is_random = RANDOM[name] or name:find("^fake_") or name == "fake"
        if is_random and not arguments:find("%f[%w_]seed%s*=") then
          cx:report({
            place = tag,
            message = ("%s() gives another value each time"):format(name),
            help = "set [determinism] seed, or give it a seed",
          })
          return
        end
      end
    end,
  },
}
