/** Forms of the extensions of the general-purpose set, in the notation of `forms.ts`. SDM volume 2, chapters 3-6. */
export const EXTENSIONS = `
andn | vex.0f38 f2 /r | y vvvv feature:bmi1
blsr | vex.0f38 f3 /1 | y vvvv feature:bmi1
blsmsk | vex.0f38 f3 /2 | y vvvv feature:bmi1
blsi | vex.0f38 f3 /3 | y vvvv feature:bmi1
bextr | vex.0f38 f7 /r | y vvvv @select feature:bmi1
bzhi | vex.0f38 f5 /r | y vvvv @select feature:bmi2
pdep | vex.f2.0f38 f5 /r | y vvvv feature:bmi2
pext | vex.f3.0f38 f5 /r | y vvvv feature:bmi2
mulx | vex.f2.0f38 f6 /r | y vvvv feature:bmi2
shlx | vex.66.0f38 f7 /r | y vvvv @select feature:bmi2
sarx | vex.f3.0f38 f7 /r | y vvvv @select feature:bmi2
shrx | vex.f2.0f38 f7 /r | y vvvv @select feature:bmi2
rorx | vex.f2.0f3a f0 /r ib | y feature:bmi2
adcx | 66 0f 38 f6 /r | y feature:adx
adox | f3 0f 38 f6 /r | y feature:adx
crc32 | f2 0f 38 f0 /r | b host:sse4_2
crc32 | f2 0f 38 f1 /r | v host:sse4_2
clflush | 0f ae /7 | - mem feature:clflush
clflushopt | 66 0f ae /7 | - mem feature:clflushopt
clwb | 66 0f ae /6 | - mem feature:clwb
rdpid | f3 0f c7 /7 | - reg feature:rdpid
`;
