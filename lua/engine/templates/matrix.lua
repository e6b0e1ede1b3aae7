--- The kind `matrix` of `clnrm template`: one file for each combination of values.
---@type engine.templates.Kind
return {
  about = "one file for each combination of values",
  text = [==[
# One file, run once for each combination of its lists: `clnrm list` shows them.
[meta]
name = %NAME%

[vars]
text = "to be or not to be"

[matrix]
tool = ["awk", "sed"]
word = ["be", "not"]
exclude = [{ tool = "sed", word = "not" }]
include = [
  { tool = "awk", script = "{ gsub(w, toupper(w)); print }" },
  { tool = "sed", script = "s/be/BE/g" },
]

[[steps]]
name = "{{ tool }} makes {{ word }} large"
command = '''
case {{ tool }} in
  awk) echo "{{ text }}" | awk -v w={{ word }} '{{ script }}' ;;
  sed) echo "{{ text }}" | sed '{{ script }}' ;;
esac
'''
expect.stdout.matches = '(?i)\b{{ word }}\b'
expect.stdout.not_contains = " {{ word }} "
]==],
}
