--- What engine.model.shape makes of the schema; written by `make docs`.
-- luacheck: no max line length
return [[
values 50001
text min=1 max=1000
text min=0
text min=1 max=1000 set=0 repeated=repeated%20tag
list item=2 min=0 clears=0
duration min=1 max=31622400000 unit=1000 text=1
word is=net-isolation is=fs-isolation is=pid-isolation is=user-isolation is=clock-isolation is=memory-limit is=pids-limit is=cpu-limit is=sandbox is=docker is=podman
list item=5 single=1 min=0
record
key name type=0 mark=meta.name slot=0 rule=0:0:0
key version type=1 mark=meta.version slot=1 rule=0:0:1
key description type=1 mark=meta.description slot=2 rule=0:0:2
key tags type=3 mark=meta.tags slot=3 rule=0:0:3
key author type=1 mark=meta.author slot=4 rule=0:0:4
key timeout type=4 mark=meta.timeout slot=5 rule=0:0:5
key requires type=6 mark=meta.requires slot=6 rule=0:0:6
record
key name type=0 mark=meta.name slot=0 rule=0:0:0
key version type=1 mark=meta.version slot=1 rule=0:0:1
key description type=1 mark=meta.description slot=2 rule=0:0:2
key tags type=3 mark=meta.tags slot=3 rule=0:0:3
key author type=1 mark=meta.author slot=4 rule=0:0:4
key timeout type=4 mark=meta.timeout slot=5 rule=0:0:5
key requires type=6 mark=meta.requires slot=6 rule=0:0:6
key metadata type=7 mark=meta.metadata slot=7
word is=ro is=copy is=none
text min=1 max=63 pairs=-./: form=[a-z0-9./-]+ form=[a-z0-9./-]+:[A-Za-z0-9_.-]+ not=host not=rootfs: not=archive: not=sha256:
text min=0 max=131071 lengthy=long%20value lengthy_min=8
integer min=-9223372036854775808
number least=-inf most=inf
boolean
either string=11 integer=12 float=13 boolean=14
text min=1 max=131071 set=1 until== lengthy=long%20value lengthy_min=8 form=[A-Za-z_][A-Za-z0-9_]*=[^]*
text min=1 max=1000 form=[A-Za-z_][A-Za-z0-9_]*
list item=16 clears=1
map keys=17 item=15
either array=18 table=19
text min=1 max=131071 form=[A-Za-z_][A-Za-z0-9_]*
list item=21 single=1 min=0
word is=never
record
key project type=9 mark=room.project slot=0
key image type=10 mark=room.image slot=1
key env type=20 mark=room.env slot=2
key inherit_env type=22 mark=room.inherit_env slot=3
key reuse type=23 mark=room.reuse slot=4
text min=1 max=1000 set=2 padded=padded%20name
text min=0 max=131071
command item=26 values=1 blank=blank%20command
text min=1 max=1000 refers=3
text min=1 max=131071 pairs=.
text min=0 nul=1
integer min=0 max=255
regex empty=empty%20expression
list item=32 single=1 min=1
text min=1 nul=1
list item=34 single=1 min=1
list item=30 min=0
integer min=0 max=9007199254740992
either array=36 integer=37
text min=0 max=100 nul=1 pairs=. form=$ form=$[.][A-Za-z0-9_.]+ form=$[.][A-Za-z0-9_]+\[[0-9][0-9]?\] form=$\[[0-9][0-9]?\][.][A-Za-z0-9_.]+ form=$[.][A-Za-z0-9_]+\[[0-9][0-9]?\][.][A-Za-z0-9_.]+
any plain=1
map keys=39 item=40 min=1
record min=1
key equals type=30 mark=stdout.equals slot=0
key matches type=33 mark=stdout.matches slot=1
key contains type=35 mark=stdout.contains slot=2
key not_contains type=35 mark=stdout.not_contains slot=3
key not_matches type=33 mark=stdout.not_matches slot=4
key starts_with type=34 mark=stdout.starts_with slot=5
key ends_with type=34 mark=stdout.ends_with slot=6
key lines type=38 mark=stdout.lines slot=7
key json type=41 mark=stdout.json slot=8
record min=1
key equals type=30 mark=stderr.equals slot=0
key matches type=33 mark=stderr.matches slot=1
key contains type=35 mark=stderr.contains slot=2
key not_contains type=35 mark=stderr.not_contains slot=3
key not_matches type=33 mark=stderr.not_matches slot=4
key starts_with type=34 mark=stderr.starts_with slot=5
key ends_with type=34 mark=stderr.ends_with slot=6
key lines type=38 mark=stderr.lines slot=7
key json type=41 mark=stderr.json slot=8
number least=0 most=9007199254740992
record min=1 owns=100
key lt type=44 mark=duration.lt slot=0 rule=0:0:8
key gt type=44 mark=duration.gt slot=1 rule=0:0:8
text min=1 max=1000 pairs=.
integer min=0 max=4095
text min=1 form=[0-7][0-7][0-7][0-7]?
either integer=47 string=48
text min=64 max=64 form=[0-9a-fA-F]+
record min=1 owns=200
key exists type=14 mark=file%20check.exists slot=0 rule=3:3:9
key equals type=30 mark=file%20check.equals slot=1 rule=0:1:9
key contains type=35 mark=file%20check.contains slot=2 rule=0:1:9
key mode type=49 mark=file%20check.mode slot=3 rule=0:1:9
key sha256 type=50 mark=file%20check.sha256 slot=4 rule=0:1:9
map keys=46 item=51 min=1
record min=1
key stdout type=42 mark=expect.stdout slot=0
key stderr type=43 mark=expect.stderr slot=1
key exit_code type=31 mark=expect.exit_code slot=2 rule=0:0:7
key duration_ms type=45 mark=expect.duration_ms slot=3
key file type=52 mark=expect.file slot=4
integer min=0 max=100
either boolean=14 integer=54
duration min=0 max=31622400000 unit=1000 text=1
text min=1 max=1000 refers=2 earlier=1
list item=57 single=1 min=0
record owns=80 required=5
key name type=25 mark=step.name slot=0
key description type=1 mark=step.description slot=1
key command type=27 mark=step.command slot=2
key service type=28 mark=step.service slot=3
key workdir type=29 mark=step.workdir slot=4
key env type=20 mark=step.env slot=5
key stdin type=30 mark=step.stdin slot=6
key expected_exit_code type=31 mark=step.expected_exit_code slot=7 rule=0:0:7
key exit_code type=31 mark=step.expected_exit_code also=alias slot=7 rule=0:0:7
key should_fail type=14 mark=step.should_fail slot=8 rule=1:3:7
key expected_output_regex type=33 mark=step.expected_output_regex slot=9
key expected_output_regex_not type=33 mark=step.expected_output_regex_not slot=10
key expected_output_contains type=35 mark=step.expected_output_contains slot=11
key expected_output_regex_stderr type=33 mark=step.expected_output_regex_stderr slot=12
key expected_output_regex_not_stderr type=33 mark=step.expected_output_regex_not_stderr slot=13
key expected_output_contains_stderr type=35 mark=step.expected_output_contains_stderr slot=14
key expect type=53 mark=step.expect slot=15
key timeout type=4 mark=step.timeout slot=16
key retry type=55 mark=step.retry slot=17
key max_retries type=55 mark=step.retry also=alias slot=17
key retry_on_failure type=55 mark=step.retry also=alias slot=17
key retry_delay type=56 mark=step.retry_delay slot=18 beside=17
key depends_on type=58 mark=step.depends_on slot=19
key parallel type=14 mark=step.parallel slot=20
key continue_on_failure type=14 mark=step.continue_on_failure slot=21
list item=59 min=1 clears=2
text min=1 max=1000 set=4 padded=padded%20name
integer min=1 max=64
either boolean=14 integer=62
duration min=1 max=31622400000 unit=1
word is=fresh is=shared
record owns=1800 needs=800 required=1
key name type=61 mark=scenario.name slot=0
key description type=1 mark=scenario.description slot=1
key tags type=3 mark=scenario.tags slot=2
key service type=28 mark=scenario.service slot=3
key run type=27 mark=scenario.run slot=4 rule=0:1:11
key steps type=60 mark=scenario.steps slot=5 rule=0:1:11
key concurrent type=63 mark=scenario.concurrent slot=6
key timeout type=4 mark=scenario.timeout slot=7 rule=0:0:12
key timeout_ms type=64 mark=scenario.timeout_ms slot=8 rule=0:0:12
key expect_failure type=14 mark=scenario.expect_failure slot=9
key room type=65 mark=scenario.room slot=10
list item=66 min=1
text min=1 max=63 pairs=- set=3 unreferred=unnamed%20service form=[a-z][a-z0-9_-]* not=localhost not=room not=ip6-
word is=generic is=generic_container is=alpine is=testcontainers
command item=26 literal=1 blank=blank%20command
list item=26 single=1 min=0
port set=5 outside=6
list item=72 single=1 min=0 clears=5
word is=room is=none
text min=1 max=131071
word is=SIGTERM is=SIGINT is=SIGQUIT is=SIGKILL is=SIGHUP
text min=1 max=1000 set=7 refers=3 earlier=1
list item=77 min=0
either array=78 string=77
word is=daemon is=task is=init
command item=26 blank=blank%20command
integer min=1 max=1000
record required=1
key cmd type=81 mark=health.cmd slot=0
key command type=81 mark=health.cmd also=alias slot=0
key interval type=4 mark=health.interval slot=1
key timeout type=4 mark=health.timeout slot=2
key retries type=82 mark=health.retries slot=3
key start_period type=56 mark=health.start_period slot=4
integer min=1 max=65535
text min=1 form=/[!-~]* asks=15 form=http://localhost:[1-9][0-9]?[0-9]?[0-9]?/[!-~]*
integer min=100 max=599
text min=1
integer min=1 max=1000000
record owns=10000 needs=10000
key port type=84 mark=wait.port slot=0 rule=0:0:16
key http type=85 mark=wait.http slot=1 rule=0:0:16
key status type=86 mark=wait.status slot=2 beside=1
key body type=87 mark=wait.body slot=3 beside=1
key log type=32 mark=wait.log slot=4 rule=0:0:16
key times type=88 mark=wait.times slot=5 beside=4
key cmd type=81 mark=wait.cmd slot=6 rule=0:0:16
key file type=75 mark=wait.file slot=7 rule=0:0:16
key timeout type=4 mark=wait.timeout slot=8
list item=89 min=0
either array=90 table=89
integer min=1 max=1073741824
integer min=1 max=4194304
record
key cpu_millicores type=88 mark=limits.cpu_millicores slot=0
key cpu_limit type=88 mark=limits.cpu_millicores also=alias slot=0
key memory_mb type=92 mark=limits.memory_mb slot=1
key memory_limit type=92 mark=limits.memory_mb also=alias slot=1
key pids type=93 mark=limits.pids slot=2
record owns=e000 needs=2000 clears=7
key plugin type=69 mark=service.plugin slot=0
key type type=69 mark=service.plugin also=alias slot=0
key image type=10 mark=service.image slot=1 rule=0:1:13
key command type=70 mark=service.command slot=2 rule=0:1:13 rule=2:1:14
key args type=71 mark=service.args slot=3 rule=0:3:14
key env type=20 mark=service.env slot=4
key environment type=20 mark=service.env also=alias slot=4
key ports type=73 mark=service.ports slot=5 rule=4:1:15
key network type=74 mark=service.network slot=6
key relay type=14 mark=service.relay slot=7
key workdir type=75 mark=service.workdir slot=8
key working_dir type=75 mark=service.workdir also=alias slot=8
key stop_signal type=76 mark=service.stop_signal slot=9
key stop_timeout type=4 mark=service.stop_timeout slot=10
key depends_on type=79 mark=service.depends_on slot=11
key kind type=80 mark=service.kind slot=12
key health_check type=83 mark=service.health_check slot=13
key healthcheck type=83 mark=service.health_check also=alias slot=13
key wait type=91 mark=service.wait slot=14
key limits type=94 mark=service.limits slot=15
key resources type=94 mark=service.limits also=alias slot=15
map keys=68 item=95 min=0 max=100
text min=0 max=1000 nul=1
any
map keys=97 item=98 min=0
list item=98 min=1
map keys=97 item=100 min=0
integer min=-9007199254740992 max=9007199254740992
time
either string=103 time=103
record
key seed type=102 mark=determinism.seed slot=0
key freeze_clock type=104 mark=determinism.freeze_clock slot=1
record owns=2047f needs=401
key meta type=7 mark=file.meta slot=0
key test type=8 mark=file.test slot=1
key room type=24 mark=file.room slot=2
key steps type=60 mark=file.steps slot=3 rule=0:1:10
key scenario type=67 mark=file.scenario slot=4 rule=0:1:10
key scenarios type=67 mark=file.scenarios slot=5 rule=0:1:10
key services type=96 mark=file.services slot=6 rule=0:0:17
key service type=96 mark=file.service slot=7 rule=0:0:17
key vars type=99 mark=file.vars slot=8 rendered=1
key matrix type=101 mark=file.matrix slot=9 rendered=1
key limits type=94 mark=file.limits slot=10
key determinism type=105 mark=file.determinism slot=11
]]
