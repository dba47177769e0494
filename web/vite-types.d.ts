/** Stylesheets that vite puts into the page. */
declare module "*.css";
