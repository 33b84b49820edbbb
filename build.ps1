# StreamActors: the verbs of build.sh, for those who type them in PowerShell.
param([Parameter(Position = 0)][string] $Verb = '', [Parameter(ValueFromRemainingArguments)][string[]] $Rest = @())
& bash (Join-Path $PSScriptRoot 'build.sh') $Verb @Rest
exit $LASTEXITCODE
