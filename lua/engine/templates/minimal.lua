--- The kind `minimal` of `clnrm template`: one step, and what it prints.
---@type engine.templates.Kind
return {
  about = "one step, and what it prints",
  text = [==[
[meta]
name = %NAME%

[[steps]]
name = "the shell counts"
command = "echo $((6 * 7))"
expect.stdout.equals = "42\n"
]==],
}
