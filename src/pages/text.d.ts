declare module '*.css' {
  const text: string;
  export default text;
}
declare module '*.script.txt' {
  const text: string;
  export default text;
}
